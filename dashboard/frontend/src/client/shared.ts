import { PresenceClient, type PresenceClientOptions } from './client'

interface Shared {
  client: PresenceClient
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
  let entry = shared.get(options.url)
  if (!entry) {
    entry = { client: new PresenceClient(options), users: 0 }
    shared.set(options.url, entry)
  }
  return entry.client
}

/** Keeps a shared client alive. Returns how to let go; the last to let go ends the connection. */
export function holdClient(client: PresenceClient): () => void {
  const url = client.options.url
  const entry = shared.get(url) ?? { client, users: 0 }
  shared.set(url, entry)
  entry.users += 1
  let held = true
  return () => {
    if (!held) return
    held = false
    entry.users -= 1
    // React mounts, unmounts and mounts again in one go: that must not cost a connection.
    setTimeout(() => {
      if (entry.users > 0) return
      if (shared.get(url) === entry) shared.delete(url)
      entry.client.disconnect()
    }, 0)
  }
}
