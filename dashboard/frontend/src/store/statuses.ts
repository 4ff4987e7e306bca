import { createStore, type StoreApi } from 'zustand/vanilla'
import type { PresenceClient } from '../client/client'
import type { Change, Process, SystemStatus } from '../client/protocol'
import type { Rings } from './ring'

/** Most statuses kept whole per host. */
export const RECENT_LIMIT = 100

/** What is known of one host. */
export interface HostView {
  status: SystemStatus
  /** What the last update changed. */
  changes: Change[]
  /** The last process list that came. */
  processes: Process[]
  /** The last statuses, oldest first. */
  recent: SystemStatus[]
}

export interface StatusesState {
  byHost: Readonly<Record<string, HostView>>
  /** True once the first history came, so that "no data" differs from "not loaded". */
  loaded: boolean
}

export type StatusesStore = StoreApi<StatusesState>

/** Keeps the latest status of every host, and feeds the rings. */
export function createStatuses(client: PresenceClient, rings: Rings): StatusesStore {
  const store = createStore<StatusesState>(() => ({ byHost: {}, loaded: false }))
  client.on('status_update', ({ host, status, changes }) => {
    rings.of(host).push(status)
    store.setState(({ byHost }) => ({ byHost: withStatuses(byHost, [status], changes) }))
  })
  client.on('history_data', ({ type, data }) => {
    if (type !== 'status') return
    const samples = data as SystemStatus[]
    for (const sample of samples) rings.of(sample.host).push(sample)
    store.setState(({ byHost }) => ({ byHost: withStatuses(byHost, samples, []), loaded: true }))
  })
  return store
}

/** Adds samples by time: late ones and known ones change no latest value. */
export function withStatuses(
  byHost: Readonly<Record<string, HostView>>,
  samples: readonly SystemStatus[],
  changes: Change[],
): Record<string, HostView> {
  const next: Record<string, HostView> = { ...byHost }
  for (const status of samples) {
    const view = next[status.host]
    next[status.host] = view ? withStatus(view, status, changes) : firstView(status, changes)
  }
  return next
}

function firstView(status: SystemStatus, changes: Change[]): HostView {
  return { status, changes, processes: status.processes ?? [], recent: [status] }
}

function withStatus(view: HostView, status: SystemStatus, changes: Change[]): HostView {
  const recent = insertByTime(view.recent, status)
  if (status.timestamp < view.status.timestamp) return { ...view, recent }
  return { status, changes, processes: status.processes ?? view.processes, recent }
}

function insertByTime(recent: SystemStatus[], status: SystemStatus): SystemStatus[] {
  const at = recent.findLastIndex((other) => other.timestamp <= status.timestamp)
  if (recent[at]?.timestamp === status.timestamp) return recent
  return recent.toSpliced(at + 1, 0, status).slice(-RECENT_LIMIT)
}
