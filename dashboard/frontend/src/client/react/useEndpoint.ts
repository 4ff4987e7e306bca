import { use, useCallback, useEffect, useMemo, useSyncExternalStore } from 'react'
import type { ConnectionSnapshot } from '../connection'
import type { EndpointClient } from '../endpoint'
import { CLOSE } from '../errors'
import { defaultUrl, holdClient, sharedEndpoint } from '../shared'
import { StoresContext } from './ClientProvider'

const COOKIE_MS = 2_000
const AGAIN_MS = 60_000

export interface UseEndpointOptions {
  /** Connect on mount, true by default. */
  autoConnect?: boolean
  /** A read-only token, where the page has no session cookie of Presence; by default that of the provider above. */
  token?: string
}

/**
 * The page's one connection to an endpoint that speaks `{type, payload}`, shared with every other hook on it and held
 * while the component lives.
 *
 * @param address a path, as `/ws/query`, of the provider's server or of the page's own; or a whole `ws:` address.
 */
export function useEndpoint<Events extends object = Record<string, unknown>>(
  address: string,
  { autoConnect = true, token: own }: UseEndpointOptions = {},
): EndpointClient<Events> {
  const provided = use(StoresContext)?.client.options
  const isPath = address.startsWith('/')
  const url = isPath ? pathUrl(address, provided?.url) : address
  const token = own ?? (isPath ? provided?.token : undefined)
  const client = useMemo(
    () => sharedEndpoint<Events>(token === undefined ? { url } : { url, token }),
    [url, token],
  )
  useEffect(() => {
    const release = holdClient(client)
    if (autoConnect) client.connect()
    return release
  }, [client, autoConnect])
  useEffect(() => followMovedSession(client), [client])
  return client
}

/** The address of a path on the server that `beside` names, or on the page's own. */
function pathUrl(path: string, beside: string | undefined): string {
  return beside === undefined ? defaultUrl(path) : new URL(path, beside).href
}

/**
 * A change of password gives the browser's session a new key, and ends the sockets that were opened with the old one
 * while the new cookie is still on its way: so one more try is made a little later, at most once a minute.
 */
function followMovedSession(client: Pick<EndpointClient, 'on' | 'connect'>): () => void {
  let last = Number.NEGATIVE_INFINITY
  let timer: ReturnType<typeof setTimeout> | undefined
  const stop = client.on('state', ({ state, closeCode }) => {
    if (state !== 'disconnected' || closeCode !== CLOSE.NOT_SIGNED_IN) return
    if (Date.now() - last < AGAIN_MS) return
    last = Date.now()
    timer = setTimeout(() => client.connect(), COOKIE_MS)
  })
  return () => {
    clearTimeout(timer)
    stop()
  }
}

/** The state of a connection; renders when it changes. */
export function useConnection(client: Pick<EndpointClient, 'on' | 'snapshot'>): ConnectionSnapshot {
  const now = () => client.snapshot
  return useSyncExternalStore(
    useCallback((changed: () => void) => client.on('state', changed), [client]),
    now,
    now,
  )
}
