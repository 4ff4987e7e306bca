import { createStore, type StoreApi } from 'zustand/vanilla'
import type { History, StatsHistory } from '../client/api'
import type { PresenceClient } from '../client/client'
import type { SystemStats } from '../client/protocol'
import { type Rings, STATS_METRICS } from './ring'

export interface StatsState {
  /** One entry per period, shortest first; empty before the first. */
  stats: readonly SystemStats[]
}

export type StatsStore = StoreApi<StatsState>

/** Keeps the latest request statistics, and feeds their ring with those of the last minute. */
export function createStats(client: PresenceClient, rings: Rings): StatsStore {
  const store = createStore<StatsState>(() => ({ stats: [] }))
  client.on('stats_update', ({ stats }) => {
    store.setState({ stats })
    const minute = stats.find(({ period }) => period === '1m')
    if (minute) rings.stats.push(statsReading(minute))
  })
  return store
}

/** The columns of a period of a minute; where nothing was asked there is no latency. */
export function statsReading({ timestamp, requests, latency }: SystemStats) {
  const quiet = requests.total === 0
  return {
    timestamp,
    perSecond: requests.perSecond,
    errorsPerSecond: requests.error / 60,
    p50: quiet ? null : latency.p50,
    p95: quiet ? null : latency.p95,
    p99: quiet ? null : latency.p99,
  }
}

/** Stored statistics as columns of the same names; errors come as counts per bucket. */
export function statsColumns(history: StatsHistory): History {
  const { series, stepMs } = history
  const rates = series.error?.map((count) => (count === null ? null : count / (stepMs / 1_000)))
  const columns = { ...series, errorsPerSecond: rates }
  const names = STATS_METRICS.filter((name) => columns[name] !== undefined)
  return {
    ...history,
    series: Object.fromEntries(
      names.map((name) => {
        const values = columns[name] ?? []
        return [name, { avg: values, min: values, max: values }]
      }),
    ),
  }
}
