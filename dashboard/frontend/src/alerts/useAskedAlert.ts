import { useEffect, useState } from 'react'
import { useStores } from '../client/react'
import { alertWithTransitions, type ListedAlert } from './api'
import { readAsked } from './pages'
import type { AlertPages } from './useAlertPages'

export interface AskedAlert {
  /** Null when the address names none, and until it is there. */
  alert: ListedAlert | null
  error: unknown
  replace: (alert: ListedAlert) => void
}

interface Fetched {
  id: number
  alert: ListedAlert | null
  error: unknown
}

/** The alert that the address names (`alert=5`): out of the list, or fetched where it is not in there. */
export function useAskedAlert(query: string, { rows, loading, replace }: AlertPages): AskedAlert {
  const { api } = useStores()
  const id = readAsked(query)
  const listed = rows.find((row) => row.id === id) ?? null
  const missing = id !== null && listed === null && !loading
  const [fetched, setFetched] = useState<Fetched | null>(null)
  useEffect(() => {
    if (id === null || !missing) return
    const abort = new AbortController()
    alertWithTransitions(api, id, abort.signal).then(
      (alert) => setFetched({ id, alert, error: null }),
      (error: unknown) => {
        if (!abort.signal.aborted) setFetched({ id, alert: null, error })
      },
    )
    return () => abort.abort()
  }, [api, id, missing])
  const found = fetched !== null && fetched.id === id ? fetched : null
  return {
    alert: listed ?? found?.alert ?? null,
    error: listed === null ? (found?.error ?? null) : null,
    replace: (alert) => {
      replace(alert)
      setFetched((known) => (known?.id === alert.id ? { id: alert.id, alert, error: null } : known))
    },
  }
}
