import { createStore, type StoreApi } from 'zustand/vanilla'
import type { PresenceClient } from '../client/client'
import type { HealthAlert } from '../client/protocol'

/** Most recovered alerts kept. */
export const RECOVERED_LIMIT = 50

export interface AlertsState {
  /** Open ones first, critical before warning before info, then the latest change first. */
  alerts: readonly HealthAlert[]
  /** True once any list came, so that "none" differs from "not loaded". */
  loaded: boolean
}

export type AlertsStore = StoreApi<AlertsState>

/** Keeps alerts by id, from the live events, the history and whatever `add` is given. */
export function createAlerts(client: PresenceClient): AlertsStore {
  const store = createStore<AlertsState>(() => ({ alerts: [], loaded: false }))
  client.on('health_alert', ({ alert }) => addAlerts(store, [alert]))
  client.on('health_recovery', ({ alert }) => addAlerts(store, [alert]))
  client.on('history_data', ({ type, data }) => {
    if (type === 'health') addAlerts(store, data as HealthAlert[])
  })
  return store
}

export function addAlerts(store: AlertsStore, alerts: readonly HealthAlert[]): void {
  store.setState((state) => ({ alerts: mergeAlerts(state.alerts, alerts), loaded: true }))
}

/**
 * Replaces what was held open by `firing`, the whole list of open alerts as of now: what is missing there has ended
 * while nobody listened.
 */
export function replaceFiring(store: AlertsStore, firing: readonly HealthAlert[], asOf: number): void {
  store.setState(({ alerts }) => {
    const open = new Set(firing.map((alert) => alert.id))
    const kept = alerts.filter(
      (alert) => alert.state !== 'firing' || open.has(alert.id) || alert.timestamp > asOf,
    )
    return { alerts: mergeAlerts(kept, firing), loaded: true }
  })
}

/** Merges by id; of two versions of one alert the later wins, and a recovery wins over a firing of the same time. */
export function mergeAlerts(known: readonly HealthAlert[], more: readonly HealthAlert[]): HealthAlert[] {
  const byId = new Map(known.map((alert) => [alert.id, alert]))
  for (const alert of more) {
    const other = byId.get(alert.id)
    if (!other || supersedes(alert, other)) byId.set(alert.id, alert)
  }
  const sorted = [...byId.values()].sort(byUrgency)
  const open = sorted.filter((alert) => alert.state === 'firing')
  const ended = sorted.filter((alert) => alert.state !== 'firing')
  return [...open, ...ended.slice(0, RECOVERED_LIMIT)]
}

function supersedes(alert: HealthAlert, other: HealthAlert): boolean {
  if (alert.timestamp !== other.timestamp) return alert.timestamp > other.timestamp
  return alert.state === 'recovered' || other.state === 'firing'
}

const LEVEL_RANK: Record<HealthAlert['level'], number> = { critical: 2, warning: 1, info: 0 }

function byUrgency(a: HealthAlert, b: HealthAlert): number {
  if (a.state !== b.state) return a.state === 'firing' ? -1 : 1
  if (a.state === 'firing' && a.level !== b.level) return LEVEL_RANK[b.level] - LEVEL_RANK[a.level]
  return b.timestamp - a.timestamp || b.id - a.id
}
