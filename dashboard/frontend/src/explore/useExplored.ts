import { useEffect, useState } from 'react'
import { alertsPage, type ListedAlert } from '../alerts/api'
import type { History, StatsHistory } from '../client/api'
import { useStores } from '../client/react'
import { statsColumns } from '../store/stats'
import type { Span } from './range'

/** What the charts show: readings and statistics, the same of the period before, and the alerts of that time. */
export interface Explored {
  status: History | null
  stats: History | null
  before: { status: History | null; stats: History | null; shift: number } | null
  alerts: readonly ListedAlert[]
}

export interface ExploredState {
  data: Explored | null
  loading: boolean
  error: unknown
}

export interface ExploreQuery {
  host: string
  span: Span
  compare: boolean
  /** Whether statistics of requests belong to this host. */
  stats: boolean
}

/** Buckets asked for on a screen's width; as many again lie beside it, so that panning finds something there. */
const POINTS = 720
const BESIDE = 0.5
const SETTLE_MS = 180
const MOST_ALERTS = 500

/** Fetches what a range needs, once it has stood still for a moment. The last answer stays until the next is there. */
export function useExplored({ host, span, compare, stats }: ExploreQuery): ExploredState {
  const { api, client } = useStores()
  const [state, setState] = useState<ExploredState>({ data: null, loading: true, error: null })
  const { from, to } = span
  // biome-ignore lint/correctness/useExhaustiveDependencies: another host starts from nothing.
  useEffect(() => setState({ data: null, loading: true, error: null }), [host])
  useEffect(() => {
    const abort = new AbortController()
    const { signal } = abort
    const load = async () => {
      const beside = (to - from) * BESIDE
      const wide = {
        host,
        from: Math.floor(Math.max(0, from - beside)),
        to: Math.ceil(Math.max(to, Math.min(to + beside, client.clock.now()))),
        points: Math.round(POINTS * (1 + 2 * BESIDE)),
      }
      const both = async (query: typeof wide) => {
        const [status, counted] = await Promise.all([
          api.history(query, signal),
          stats ? api.statsHistory(query, signal).catch(() => null) : null,
        ])
        return { status, stats: counted && asColumns(counted) }
      }
      const [now, alerts] = await Promise.all([
        both(wide),
        alertsPage(api, { host, from: wide.from, to: wide.to }, MOST_ALERTS, null, signal),
      ])
      const step = now.status.stepMs
      const shift = Math.ceil((to - from) / step) * step
      const before = compare
        ? { ...(await both({ ...wide, from: Math.max(0, wide.from - shift), to: wide.to - shift })), shift }
        : null
      setState({ data: { ...now, before, alerts: alerts.results }, loading: false, error: null })
    }
    const timer = setTimeout(() => {
      setState((known) => ({ ...known, loading: true }))
      load().catch((error: unknown) => {
        if (!signal.aborted) setState((known) => ({ ...known, loading: false, error }))
      })
    }, SETTLE_MS)
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [api, client, host, from, to, compare, stats])
  return state
}

/** An older server answers with a list, of which no columns can be made. */
function asColumns(history: StatsHistory): History | null {
  return history.series ? statsColumns(history) : null
}
