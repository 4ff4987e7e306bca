import { createStore, type StoreApi } from 'zustand/vanilla'
import type { PresenceClient } from '../client/client'
import type { ConnectionSnapshot } from '../client/connection'
import type { PresenceError } from '../client/errors'

export interface ConnectionStoreState extends ConnectionSnapshot {
  /** The last trouble since the connection stands, null after the next good connection. */
  error: PresenceError | null
  /** True for a while after the server said that updates were skipped because this page read too slowly. */
  lagging: boolean
}

export type ConnectionStore = StoreApi<ConnectionStoreState>

/** ms without another word of it after which a page is no longer called late. */
const LAGGING_MS = 10_000

/** Mirrors the client's connection. */
export function createConnection(client: PresenceClient): ConnectionStore {
  const store = createStore<ConnectionStoreState>(() => ({ ...client.snapshot, error: null, lagging: false }))
  let timer: unknown = null
  client.on('state', (snapshot) => {
    store.setState(snapshot.state === 'connected' ? { ...snapshot, error: null } : snapshot)
  })
  client.on('error', (error) => store.setState({ error }))
  client.on('gap', ({ cause }) => {
    if (cause !== 'overflow') return
    store.setState({ lagging: true })
    client.runtime.clearTimer(timer)
    timer = client.runtime.setTimer(() => store.setState({ lagging: false }), LAGGING_MS)
  })
  return store
}
