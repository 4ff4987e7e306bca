import { useEffect, useMemo, useSyncExternalStore } from 'react'
import type { ConnectionSnapshot } from '../connection'
import type { EndpointClient } from '../endpoint'
import { defaultUrl, holdClient, sharedEndpoint } from '../shared'

export interface UseEndpointOptions {
  /** Connect on mount, true by default. */
  autoConnect?: boolean
  /** A read-only token, where the page has no session cookie of Presence. */
  token?: string
}

/**
 * The page's one connection to an endpoint that speaks `{type, payload}`, shared with every other hook on it and held
 * while the component lives.
 *
 * @param address a path of the page's own server, as `/ws/query`, or a whole `ws:` address.
 */
export function useEndpoint<Events extends object = Record<string, unknown>>(
  address: string,
  { autoConnect = true, token }: UseEndpointOptions = {},
): EndpointClient<Events> {
  const url = address.startsWith('/') ? defaultUrl(address) : address
  const client = useMemo(
    () => sharedEndpoint<Events>(token === undefined ? { url } : { url, token }),
    [url, token],
  )
  useEffect(() => {
    const release = holdClient(client)
    if (autoConnect) client.connect()
    return release
  }, [client, autoConnect])
  return client
}

/** The state of a connection; renders when it changes. */
export function useConnection(client: Pick<EndpointClient, 'on' | 'snapshot'>): ConnectionSnapshot {
  return useSyncExternalStore(
    (changed) => client.on('state', changed),
    () => client.snapshot,
  )
}
