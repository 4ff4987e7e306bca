import { useEffect, useState } from 'react'
import type { Stores } from '../store'
import { addAlerts, replaceFiring } from '../store/alerts'

/** ms between two looks at who is there and what is wrong; readings come over the socket meanwhile. */
const EVERY_MS = 5_000

/**
 * What strangers see, from the public addresses: the machines and the open alerts now and then, readings live; and where
 * no socket gets through, the readings of that list.
 *
 * @returns whether the last look failed.
 */
export function usePublicFeed(stores: Stores): boolean {
  const [failed, setFailed] = useState(false)
  useEffect(() => {
    const { api, client, alerts, catalog } = stores
    const abort = new AbortController()
    const newest = new Map<string, number>()
    const look = async () => {
      const [hosts, open] = await Promise.all([
        api.hosts(abort.signal),
        api.alerts({ state: 'firing' }, abort.signal),
      ])
      if (abort.signal.aborted) return
      catalog.setState({ hosts: hosts.results, hostsLoaded: true })
      replaceFiring(alerts, open.results, client.clock.now())
      addAlerts(alerts, [])
      if (client.snapshot.state === 'connected') return
      for (const { status } of hosts.results) {
        if (!status || status.timestamp <= (newest.get(status.host) ?? 0)) continue
        newest.set(status.host, status.timestamp)
        const { host, timestamp } = status
        client.inject('status_update', { host, status, changes: [], timestamp })
      }
    }
    let timer: ReturnType<typeof setTimeout>
    const round = () => {
      look()
        .then(() => setFailed(false))
        .catch(() => !abort.signal.aborted && setFailed(true))
        .finally(() => {
          if (!abort.signal.aborted) timer = setTimeout(round, EVERY_MS)
        })
    }
    const release = client.subscribe(['status'])
    client.connect()
    round()
    return () => {
      abort.abort()
      clearTimeout(timer)
      release()
    }
  }, [stores])
  return failed
}
