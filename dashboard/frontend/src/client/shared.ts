import { PresenceClient, type PresenceClientOptions } from './client'
import { EndpointClient, type EndpointClientOptions } from './endpoint'
import { Holders } from './holders'
import type { SocketOptions } from './live'

/** A client that can be shared: what all of them have in common. */
interface Shareable {
  readonly options: SocketOptions
  disconnect(): void
}

interface Shared {
  client: Shareable
  holders: Holders
}

/** A handful at most. */
const shared = new Set<Shared>()

/** The endpoint of the page's own server. While a page is rendered on a server, where nothing connects, it is a name. */
export function defaultUrl(path = '/ws'): string {
  if (typeof location === 'undefined') return `ws://localhost${path}`
  const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:'
  return `${scheme}//${location.host}${path}`
}

/**
 * The page's one client for an endpoint, not connected yet. The first to ask decides the options; another token is
 * another client, for it may be somebody else's.
 */
export function sharedClient(options: PresenceClientOptions): PresenceClient {
  return obtain(PresenceClient, options)
}

/** The same for an endpoint that speaks `{type, payload}`. */
export function sharedEndpoint<Events extends object = Record<string, unknown>>(
  options: EndpointClientOptions,
): EndpointClient<Events> {
  return obtain(EndpointClient<Events>, options)
}

function obtain<Client extends Shareable>(
  Kind: new (options: SocketOptions) => Client,
  options: SocketOptions,
): Client {
  const { url, token } = options
  for (const { client } of shared) {
    const same = token === undefined || client.options.token === token
    if (client instanceof Kind && client.options.url === url && same) return client
  }
  const client = new Kind(options)
  share(client)
  return client
}

function share(client: Shareable): Shared {
  const holders = Holders.lazy(() => {
    shared.delete(entry)
    client.disconnect()
  })
  const entry = { client, holders }
  shared.add(entry)
  return entry
}

/** Keeps a shared client alive. Returns how to let go; the last to let go ends the connection. */
export function holdClient(client: Shareable): () => void {
  const known = [...shared].find((entry) => entry.client === client)
  return (known ?? share(client)).holders.hold()
}
