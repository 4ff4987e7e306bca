import { createStore, type StoreApi } from 'zustand/vanilla'
import type { PresenceClient } from '../client/client'
import type { ConnectionSnapshot } from '../client/connection'
import type { PresenceError } from '../client/errors'

export interface ConnectionStoreState extends ConnectionSnapshot {
  /** The last trouble since the connection stands, null after the next good connection. */
  error: PresenceError | null
}

export type ConnectionStore = StoreApi<ConnectionStoreState>

/** Mirrors the client's connection. */
export function createConnection(client: PresenceClient): ConnectionStore {
  const store = createStore<ConnectionStoreState>(() => ({ ...client.snapshot, error: null }))
  client.on('state', (snapshot) => {
    store.setState(snapshot.state === 'connected' ? { ...snapshot, error: null } : snapshot)
  })
  client.on('error', (error) => store.setState({ error }))
  return store
}
