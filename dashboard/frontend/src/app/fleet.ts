import type { HostSummary } from '../client/api'
import type { HealthAlert } from '../client/protocol'

/** Name of the host that stands for the installation as a whole: it has alerts and counts of requests, no readings. */
export const INSTALLATION = 'Presence'

/** How a host stands, worst first. */
export const HOST_STATES = ['critical', 'offline', 'warning', 'waiting', 'ok'] as const
export type HostState = (typeof HOST_STATES)[number]

/** Hosts not heard of for this long count as offline, ms; the server says the same. */
export const OFFLINE_MS = 15_000

export interface FleetHost {
  name: string
  kind: 'machine' | 'service'
  state: HostState
  /** Epoch ms, null before the first reading. */
  lastSeen: number | null
  /** How many of its alerts are open. */
  open: number
}

export interface FleetInput {
  hosts: readonly HostSummary[]
  /** Time of the newest reading of each host that sent one, epoch ms. */
  newest: ReadonlyMap<string, number>
  alerts: readonly HealthAlert[]
  /** Epoch ms on the server's clock. */
  now: number
}

/** Every host that is known but the installation itself, with how it stands; worst state first, then by name. */
export function fleetOf({ hosts, newest, alerts, now }: FleetInput): FleetHost[] {
  const listed = new Map(hosts.map((host) => [host.name, host]))
  const names = new Set([...listed.keys(), ...newest.keys()])
  if (listed.get(INSTALLATION)?.kind === 'service') names.delete(INSTALLATION)
  const open = new Map<string, HealthAlert[]>()
  for (const alert of alerts) {
    if (alert.state !== 'firing' || alert.level === 'info') continue
    open.set(alert.host, [...(open.get(alert.host) ?? []), alert])
  }
  return [...names]
    .map((name): FleetHost => {
      const host = listed.get(name)
      const lastSeen = latest(host?.lastSeen ?? null, newest.get(name) ?? null)
      const firing = open.get(name) ?? []
      const kind = host?.kind ?? 'machine'
      return { name, kind, lastSeen, open: firing.length, state: stateOf(firing, lastSeen, now) }
    })
    .sort(byState)
}

function latest(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.max(a, b)
}

function stateOf(firing: readonly HealthAlert[], lastSeen: number | null, now: number): HostState {
  if (lastSeen !== null && now - lastSeen >= OFFLINE_MS) return 'offline'
  if (firing.some((alert) => alert.level === 'critical')) return 'critical'
  if (firing.length > 0) return 'warning'
  return lastSeen === null ? 'waiting' : 'ok'
}

export function byState(a: FleetHost, b: FleetHost): number {
  return HOST_STATES.indexOf(a.state) - HOST_STATES.indexOf(b.state) || byName(a, b)
}

export function byName(a: FleetHost, b: FleetHost): number {
  return a.name.localeCompare(b.name, undefined, { numeric: true })
}

/** Hosts whose name has all words of `text`, in any case, and that are in `state` where one is asked for. */
export function filterFleet(fleet: readonly FleetHost[], text: string, state: HostState | null): FleetHost[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  return fleet.filter(
    (host) =>
      (state === null || host.state === state) &&
      words.every((word) => host.name.toLowerCase().includes(word)),
  )
}

/** How many columns fill a screen best with `count` cards, somewhat wider than high. */
export function wallColumns(count: number, width: number, height: number, aspect = 1.55): number {
  let best = { columns: 1, size: 0 }
  for (let columns = 1; columns <= Math.max(1, count); columns += 1) {
    const rows = Math.ceil(count / columns)
    const size = Math.min(width / columns, (height / rows) * aspect)
    if (size > best.size) best = { columns, size }
  }
  return best.columns
}
