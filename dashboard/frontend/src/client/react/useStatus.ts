import { useEffect } from 'react'
import { useStore } from 'zustand'
import type { HostView } from '../../store/statuses'
import type { Change, Process, SystemStatus } from '../protocol'
import { useStores } from './useStores'

export interface UseStatusReturn {
  /** The latest status, null before the first. */
  status: SystemStatus | null
  /** The last statuses, oldest first, at most 100. */
  history: readonly SystemStatus[]
  /** What the last update changed. */
  changes: readonly Change[]
  /** The last process list that came. */
  processes: readonly Process[]
  /** True once the server answered, with or without data. */
  isLoaded: boolean
  isConnected: boolean
  /** Percent; 0 before the first status. */
  cpuUsage: number
  /** Percent; 0 before the first status. */
  memoryUsage: number
  /** Established TCP sockets; 0 before the first status. */
  activeConnections: number
}

const NOTHING: never[] = []

/** The live status of one host, or of the first host known where none is named. Rendered once per update. */
export function useStatus(host?: string): UseStatusReturn {
  const { client, connection, statuses } = useStores()
  useEffect(() => client.subscribe(['status']), [client])
  const view = useStore(statuses, ({ byHost }): HostView | undefined =>
    host === undefined ? Object.values(byHost)[0] : byHost[host],
  )
  const isLoaded = useStore(statuses, (state) => state.loaded)
  const isConnected = useStore(connection, (snapshot) => snapshot.state === 'connected')
  return {
    status: view?.status ?? null,
    history: view?.recent ?? NOTHING,
    changes: view?.changes ?? NOTHING,
    processes: view?.processes ?? NOTHING,
    isLoaded,
    isConnected,
    cpuUsage: view?.status.cpuUsage ?? 0,
    memoryUsage: view?.status.memoryUsage ?? 0,
    activeConnections: view?.status.activeConnections ?? 0,
  }
}
