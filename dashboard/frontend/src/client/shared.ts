import { PresenceClient, type PresenceClientOptions } from './client'
import { EndpointClient, type EndpointClientOptions } from './endpoint'

/** A client that can be shared: what all of them have in common. */
interface Shareable {
  readonly options: { url: string }
  disconnect(): void
}

interface Shared {
  client: Shareable
  users: number
}

const shared = new Map<string, Shared>()

/** The endpoint of the page's own server. */
export function defaultUrl(path = '/ws'): string {
  const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:'
  return `${scheme}//${location.host}${path}`
}

/** The page's one client for an endpoint, not connected yet. The first to ask decides the options. */
export function sharedClient(options: PresenceClientOptions): PresenceClient {
  return obtain(options.url, () => new PresenceClient(options)) as PresenceClient
}

/** The same for an endpoint that speaks `{type, payload}`. One address is one kind of endpoint. */
export function sharedEndpoint<Events extends object = Record<string, unknown>>(
  options: EndpointClientOptions,
): EndpointClient<Events> {
  return obtain(options.url, () => new EndpointClient<Events>(options)) as EndpointClient<Events>
}

function obtain(url: string, make: () => Shareable): Shareable {
  let entry = shared.get(url)
  if (!entry) {
    entry = { client: make(), users: 0 }
    shared.set(url, entry)
  }
  return entry.client
}

/** Keeps a shared client alive. Returns how to let go; the last to let go ends the connection. */
export function holdClient(client: Shareable): () => void {
  const url = client.options.url
  let entry = shared.get(url)
  if (!entry || entry.client !== client) {
    entry = { client, users: 0 }
    shared.set(url, entry)
  }
  const held = entry
  held.users += 1
  let holding = true
  return () => {
    if (!holding) return
    holding = false
    held.users -= 1
    // React mounts, unmounts and mounts again in one go: that must not cost a connection.
    setTimeout(() => {
      if (held.users > 0) return
      if (shared.get(url) === held) shared.delete(url)
      held.client.disconnect()
    }, 0)
  }
}
