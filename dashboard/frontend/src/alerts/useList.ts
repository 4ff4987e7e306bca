import { useCallback, useEffect, useState } from 'react'
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
  const [state, setState] = useState<{ items: readonly T[] | null; error: unknown }>({
    items: null,
    error: null,
  })
  const [round, setRound] = useState(0)
  const reload = useCallback(() => setRound((count) => count + 1), [])
  // biome-ignore lint/correctness/useExhaustiveDependencies: each round fetches anew.
  useEffect(() => {
    const abort = new AbortController()
    fetch(abort.signal).then(
      ({ results }) => setState({ items: results, error: null }),
      (error: unknown) => {
        if (!abort.signal.aborted) setState((known) => ({ ...known, error }))
      },
    )
    return () => abort.abort()
  }, [fetch, round])
  useEffect(() => client.on('config_changed', reload), [client, reload])
  return { ...state, reload }
}
