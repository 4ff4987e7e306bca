import { createStore, type StoreApi } from 'zustand/vanilla'
import { wake } from '../charts/loop'
import { type Api, apiBeside, type HostSummary, type Rule } from '../client/api'
import type { PresenceClient } from '../client/client'
import { type AlertsStore, createAlerts } from './alerts'
import { type ConnectionStore, createConnection } from './connection'
import { Polling } from './polling'
import { Rings } from './ring'
import { createStats, type StatsStore } from './stats'
import { createStatuses, type StatusesStore } from './statuses'

/** What came over HTTP. */
export interface CatalogState {
  hosts: readonly HostSummary[]
  /** True once the hosts came, so that "none" differs from "not loaded". */
  hostsLoaded: boolean
  rules: readonly Rule[]
  /** True when the server answered from its last good state. */
  historyStale: boolean
  alertsFailed: boolean
}

/** All that the page knows, outside of React. */
export interface Stores {
  client: PresenceClient
  api: Api
  connection: ConnectionStore
  statuses: StatusesStore
  stats: StatsStore
  alerts: AlertsStore
  catalog: StoreApi<CatalogState>
  polling: Polling
  rings: Rings
}

const stores = new WeakMap<PresenceClient, Stores>()

/** The stores behind a client: made once, gone with it. The first to ask decides the API. */
export function storesFor(client: PresenceClient, api: Api = apiBeside(client.options)): Stores {
  let made = stores.get(client)
  if (!made) {
    const rings = new Rings(wake)
    const alerts = createAlerts(client)
    made = {
      client,
      api,
      rings,
      polling: new Polling(client, api, alerts),
      connection: createConnection(client),
      statuses: createStatuses(client, rings),
      stats: createStats(client, rings),
      alerts,
      catalog: createStore<CatalogState>(() => ({
        hosts: [],
        hostsLoaded: false,
        rules: [],
        historyStale: false,
        alertsFailed: false,
      })),
    }
    stores.set(client, made)
  }
  return made
}
