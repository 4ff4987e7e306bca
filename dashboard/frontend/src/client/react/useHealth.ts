import { useEffect } from 'react'
import { useStore } from 'zustand'
import type { HealthAlert } from '../protocol'
import { useStores } from './useStores'

export interface UseHealthReturn {
  /** Open alerts first, the most urgent on top, then the recovered ones, latest first. */
  alerts: readonly HealthAlert[]
  /** How many are open. */
  firing: number
  /** True once a list came, even an empty one. */
  isLoaded: boolean
  isConnected: boolean
}

/** The live alerts of all hosts. */
export function useHealth(): UseHealthReturn {
  const { client, connection, alerts } = useStores()
  useEffect(() => client.subscribe(['health']), [client])
  const list = useStore(alerts, (state) => state.alerts)
  const isLoaded = useStore(alerts, (state) => state.loaded)
  const isConnected = useStore(connection, (snapshot) => snapshot.state === 'connected')
  const firing = list.filter((alert) => alert.state === 'firing').length
  return { alerts: list, firing, isLoaded, isConnected }
}
