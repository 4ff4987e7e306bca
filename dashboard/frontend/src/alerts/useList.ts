import { useEffect } from 'react'
import { useLoaded } from '../app/useLoaded'
import type { Page } from '../client/api'
import { useStores } from '../client/react'

export interface List<T> {
  items: readonly T[] | null
  error: unknown
  reload: () => void
}

/** A short list over HTTP: fetched at once, and again when an administrator changed something. */
export function useList<T>(fetch: (signal: AbortSignal) => Promise<Page<T>>): List<T> {
  const { client } = useStores()
  const { data, error, reload } = useLoaded(fetch)
  useEffect(() => client.on('config_changed', reload), [client, reload])
  return { items: data?.results ?? null, error, reload }
}
