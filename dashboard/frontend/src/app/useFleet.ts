import { useEffect, useState } from 'react'
import { useStore } from 'zustand'
import { useStores } from '../client/react'
import { type FleetHost, fleetOf } from './fleet'

/** How often states are judged anew, ms: samples move the pictures, not the order of the cards. */
const EVERY_MS = 2_000

/** All hosts with how they stand. While there is no connection they stand as they last did. */
export function useFleet(): FleetHost[] {
  const { client, catalog, statuses, alerts: alertsStore, connection } = useStores()
  const hosts = useStore(catalog, (state) => state.hosts)
  const alerts = useStore(alertsStore, (state) => state.alerts)
  const loaded = useStore(statuses, (state) => state.loaded)
  const connected = useStore(connection, (snapshot) => snapshot.state === 'connected')
  const [fleet, setFleet] = useState<FleetHost[]>([])
  // biome-ignore lint/correctness/useExhaustiveDependencies: `loaded` says that readings are there now.
  useEffect(() => {
    const judge = () => {
      const known = Object.entries(statuses.getState().byHost)
      const newest = new Map(known.map(([name, view]) => [name, view.status.timestamp]))
      const next = fleetOf({ hosts, newest, alerts, now: client.clock.now() })
      setFleet((before) => (same(before, next) ? before : next))
    }
    judge()
    if (!connected) return
    const timer = setInterval(judge, EVERY_MS)
    return () => clearInterval(timer)
  }, [client, statuses, hosts, alerts, loaded, connected])
  return fleet
}

/** The time of the last reading changes always; it alone is no reason to render. */
function same(a: readonly FleetHost[], b: readonly FleetHost[]): boolean {
  return (
    a.length === b.length &&
    a.every((host, index) => {
      const other = b[index]
      if (!other || host.name !== other.name || host.state !== other.state || host.open !== other.open)
        return false
      return host.kind === other.kind && (host.state !== 'offline' || host.lastSeen === other.lastSeen)
    })
  )
}
