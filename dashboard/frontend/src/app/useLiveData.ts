import { useCallback, useEffect } from 'react'
import { WINDOW_MS } from '../charts/data'
import { ApiError, CLOSE } from '../client/errors'
import type { Stores } from '../store'
import { addAlerts, replaceFiring } from '../store/alerts'
import { backfill } from '../store/backfill'
import { statsColumns } from '../store/stats'
import { withStatuses } from '../store/statuses'
import { persist, renewable } from './persist'

const RECOVERED_SHOWN = 20
/** How long a new session cookie may take to arrive after the server has ended the old session, ms. */
const COOKIE_MS = 1_000
/** Refusals of a socket in a row after which a session that HTTP calls good counts as ended. */
const MOST_REFUSALS = 3

/** Hosts, rules and alerts over HTTP: after each connection, and when an administrator changed something. */
export function useCatalog(stores: Stores, onRefused: () => void): void {
  useEffect(() => {
    const { api, alerts, catalog, client, polling, statuses } = stores
    const abort = new AbortController()
    const { signal } = abort
    const failed = (error: unknown) => {
      if (error instanceof ApiError && (error.status === 401 || error.status === 403)) onRefused()
    }
    const loadHosts = renewable(signal, async (signal) => {
      const hosts = (await api.hosts(signal)).results
      const newest = hosts.flatMap(({ status }) => status ?? [])
      statuses.setState(({ byHost }) => ({ byHost: withStatuses(byHost, newest, []) }))
      catalog.setState({ hosts, hostsLoaded: true })
    })
    const loadRules = renewable(signal, async (signal) =>
      catalog.setState({ rules: (await api.rules(signal)).results }),
    )
    const loadAlerts = renewable(signal, async (signal) => {
      const asOf = client.clock.now()
      const [firing, recovered] = await Promise.all([
        api.alerts({ state: 'firing', limit: 100 }, signal),
        api.alerts({ state: 'recovered', limit: RECOVERED_SHOWN }, signal),
      ])
      replaceFiring(alerts, firing.results, asOf)
      addAlerts(alerts, recovered.results)
    })
    const loadAll = () => {
      loadHosts().catch(failed)
      loadRules().catch(failed)
      catalog.setState({ alertsFailed: false })
      loadAlerts().catch((error) => {
        catalog.setState({ alertsFailed: true })
        failed(error)
      })
    }
    const stop = [
      client.on('connected', loadAll),
      client.on('gap', loadAll),
      polling.hold(),
      polling.store.subscribe(({ active }) => active && loadAll()),
      client.on('config_changed', () => {
        loadRules().catch(failed)
        loadHosts().catch(failed)
      }),
    ]
    if (client.snapshot.state === 'connected') loadAll()
    return () => {
      abort.abort()
      for (const end of stop) end()
    }
  }, [stores, onRefused])
}

/** Fills what a chart of `host` misses: when the host is chosen, and after each (re)connection. */
export function useBackfill(stores: Stores, host: string, interval: number): void {
  useEffect(() => {
    const { api, catalog, client, rings, statuses } = stores
    let abort = new AbortController()
    const run = () => {
      abort.abort()
      abort = new AbortController()
      const { signal } = abort
      const fill = async () => {
        const from = client.clock.now() - WINDOW_MS
        const answer = await backfill({ ring: rings.of(host), host, api, from, interval, signal })
        if (answer && !signal.aborted) catalog.setState({ historyStale: answer.stale })
      }
      // Charts without their past are no reason to take the live ones away.
      persist(fill, signal).catch(() => undefined)
      if (host === '' || statuses.getState().byHost[host]) return
      // A host that sends nothing now may still have a last state; one that never did is a 404.
      const ask = async () => {
        const status = await api.status(host, signal)
        statuses.setState(({ byHost }) => ({ byHost: withStatuses(byHost, [status], []) }))
      }
      persist(ask, signal).catch(() => undefined)
    }
    const stop = [
      client.on('history_data', ({ type }) => {
        if (type === 'status') run()
      }),
      client.on('gap', run),
    ]
    if (statuses.getState().loaded) run()
    return () => {
      for (const end of stop) end()
      abort.abort()
    }
  }, [stores, host, interval])
}

/**
 * Calls `onEnded` when the server no longer knows who this is.
 *
 * @returns a function that asks the server, for whoever was refused something.
 */
export function useSessionGuard(stores: Stores, onEnded: () => void): () => void {
  const { api, client } = stores
  const ask = useCallback(() => {
    api.session().then(
      ({ user }) => {
        if (!user) onEnded()
      },
      // Not reachable: then nothing is known, and the connection tells the rest.
      () => undefined,
    )
  }, [api, onEnded])
  useEffect(() => {
    let refusals = 0
    let timer: ReturnType<typeof setTimeout> | undefined
    const refused = () => {
      refusals += 1
      if (refusals > MOST_REFUSALS) return onEnded()
      // A change of password gives this browser's session a new key: the socket was opened with the old one, and
      // the cookie with the new one may still be on its way.
      timer = setTimeout(() => {
        api.session().then(
          ({ user }) => (user ? client.connect() : onEnded()),
          () => client.connect(),
        )
      }, COOKIE_MS)
    }
    const stop = client.on('state', ({ state, closeCode, attempt }) => {
      if (state === 'connected') refusals = 0
      else if (state === 'disconnected' && closeCode === CLOSE.NOT_SIGNED_IN) refused()
      // A refused handshake looks like a lost network: from the second attempt on, ask.
      else if (state === 'reconnecting' && attempt >= 2) ask()
    })
    return () => {
      clearTimeout(timer)
      stop()
    }
  }, [api, ask, client, onEnded])
  return ask
}

/** Subscribes to the request statistics and fetches their last minutes, after each (re)connection too. */
export function useStatsBackfill(stores: Stores): void {
  useEffect(() => {
    const { api, client, rings } = stores
    const abort = new AbortController()
    const load = renewable(abort.signal, async (signal) => {
      const to = Math.floor(client.clock.now())
      const history = await api.statsHistory({ from: to - WINDOW_MS, to, points: 60 }, signal)
      rings.stats.fill(statsColumns(history))
    })
    const run = () => {
      // Charts without their past are no reason to take the live ones away.
      load().catch(() => undefined)
    }
    const release = client.subscribe(['stats'])
    const stop = client.on('connected', run)
    run()
    return () => {
      stop()
      release()
      abort.abort()
    }
  }, [stores])
}
