import { useCallback, useEffect, useRef, useState } from 'react'
import { useStores } from '../client/react'
import { type AlertFilter, alertsPage, type ListedAlert } from './api'
import { withNews, withPage } from './pages'

const PAGE = 200

export interface AlertPages {
  rows: readonly ListedAlert[]
  /** True as long as there are older ones to fetch. */
  more: boolean
  loading: boolean
  error: unknown
  /** Fetches the next page; does nothing while one is on its way. */
  loadMore: () => void
  /** Replaces one alert by what the server said of it. */
  replace: (alert: ListedAlert) => void
}

interface Loaded {
  rows: readonly ListedAlert[]
  next: string | null
  loading: boolean
  error: unknown
}

const NOTHING: Loaded = { rows: [], next: null, loading: true, error: null }

/** Alerts newest first, page by page, and live: what fires or recovers changes the list as it stands. */
export function useAlertPages(filter: AlertFilter): AlertPages {
  const { api, client } = useStores()
  const [loaded, setLoaded] = useState<Loaded>(NOTHING)
  const key = JSON.stringify(filter)
  const busy = useRef<AbortController | null>(null)
  const latest = useRef(loaded)
  latest.current = loaded

  const load = useCallback(
    async (next: string | null) => {
      const abort = new AbortController()
      busy.current?.abort()
      busy.current = abort
      setLoaded((known) => ({ ...known, loading: true, error: null }))
      try {
        const page = await alertsPage(api, JSON.parse(key) as AlertFilter, PAGE, next, abort.signal)
        setLoaded(({ rows }) => ({
          rows: next === null ? page.results : withPage(rows, page.results),
          next: page.next,
          loading: false,
          error: null,
        }))
      } catch (error) {
        if (abort.signal.aborted) return
        setLoaded((known) => ({ ...known, loading: false, error }))
      }
      if (busy.current === abort) busy.current = null
    },
    [api, key],
  )
  useEffect(() => {
    setLoaded(NOTHING)
    void load(null)
    return () => busy.current?.abort()
  }, [load])
  useEffect(() => {
    const filtered = JSON.parse(key) as AlertFilter
    const news = ({ alert }: { alert: ListedAlert }) =>
      setLoaded((known) => ({ ...known, rows: withNews(known.rows, alert, filtered) }))
    // A connection that was away may have missed any of them; so may a list that nobody scrolled.
    const again = () => {
      if (latest.current.rows.length <= PAGE) void load(null)
    }
    const stop = [
      client.on('health_alert', news),
      client.on('health_recovery', news),
      client.on('connected', again),
      client.on('config_changed', again),
    ]
    return () => {
      for (const end of stop) end()
    }
  }, [client, key, load])

  const loadMore = useCallback(() => {
    const { next, loading } = latest.current
    if (next !== null && !loading) void load(next)
  }, [load])
  const replace = useCallback(
    (alert: ListedAlert) =>
      setLoaded((known) => ({
        ...known,
        rows: known.rows.map((row) => (row.id === alert.id ? { ...row, ...alert } : row)),
      })),
    [],
  )
  const { rows, next, loading, error } = loaded
  return { rows, more: next !== null, loading, error, loadMore, replace }
}
