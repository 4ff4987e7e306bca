import { useCallback, useEffect, useState } from 'react'
import type { Page } from '../../client/api'
import { useStores } from '../../client/react'

export interface List<Item> {
  /** Null before the first answer. */
  items: readonly Item[] | null
  failed: boolean
  reload: () => Promise<void>
}

/** A short list of the API, whole. */
export function useList<Item>(path: string): List<Item> {
  const { api } = useStores()
  const [items, setItems] = useState<readonly Item[] | null>(null)
  const [failed, setFailed] = useState(false)
  const reload = useCallback(async () => {
    try {
      const { results } = await api.get<Page<Item>>(path)
      setItems(results)
      setFailed(false)
    } catch {
      setFailed(true)
    }
  }, [api, path])
  useEffect(() => {
    reload()
  }, [reload])
  return { items, failed, reload }
}
