import { useEffect } from 'react'
import { useStore } from 'zustand'
import type { SystemStats } from '../protocol'
import { useStores } from './useStores'

export interface UseStatsReturn {
  /** Request statistics over 1m, 5m, 15m, 1h and 24h; empty before the first. */
  stats: readonly SystemStats[]
  /** Those of one period, undefined before the first. */
  of: (period: SystemStats['period']) => SystemStats | undefined
  isConnected: boolean
}

/** The live request statistics, every 5 s. */
export function useStats(): UseStatsReturn {
  const { client, connection, stats: store } = useStores()
  useEffect(() => client.subscribe(['stats']), [client])
  const stats = useStore(store, (state) => state.stats)
  const isConnected = useStore(connection, (snapshot) => snapshot.state === 'connected')
  return { stats, of: (period) => stats.find((one) => one.period === period), isConnected }
}
