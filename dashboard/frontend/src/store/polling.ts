import { createStore } from 'zustand/vanilla'
import type { Api } from '../client/api'
import type { PresenceClient } from '../client/client'
import type { ConnectionSnapshot } from '../client/connection'
import { Holders } from '../client/holders'
import type { SystemStats, SystemStatus } from '../client/protocol'
import { type AlertsStore, addAlerts, replaceFiring } from './alerts'

export interface PollingState {
  /** True while live data comes over HTTP because no WebSocket gets through. */
  active: boolean
}

/** ms between two rounds. */
export const POLL_MS = 3_000
/** ms after which a round is given up: an answer that never comes must not be the last question. */
export const ROUND_MS = 15_000
/** ms in which a first connection must stand before HTTP is tried. */
const PATIENCE_MS = 5_000
/** Hosts asked for one by one, where the list does not bring their states along. */
const MOST_HOSTS = 20
const RECOVERED_SHOWN = 20

/**
 * Brings live data over HTTP where WebSocket is blocked, as by some proxies, and stops as soon as a socket stands.
 *
 * The connection goes on trying meanwhile. What comes is handed to the same stores, as if a socket had brought it.
 */
export class Polling {
  readonly store = createStore<PollingState>(() => ({ active: false }))
  private readonly holders = new Holders(
    () => this.watch(),
    () => {
      this.stopState?.()
      this.end()
    },
  )
  private timer: unknown = null
  private running = false
  private everConnected = false
  private abort = new AbortController()
  private stopState: (() => void) | null = null
  private readonly newest = new Map<string, number>()

  constructor(
    private readonly client: PresenceClient,
    private readonly api: Api,
    private readonly alerts: AlertsStore,
  ) {}

  /** Watches the connection until the last holder lets go. Returns how to let go. */
  hold(): () => void {
    return this.holders.hold()
  }

  private watch(): void {
    this.stopState = this.client.on('state', (snapshot) => this.changed(snapshot))
    this.changed(this.client.snapshot)
  }

  private changed({ state, attempt }: ConnectionSnapshot): void {
    if (state === 'connected') this.everConnected = true
    // A connection that stood before usually comes back at once: a restart is no blocked WebSocket.
    const wanted = state === 'reconnecting' && attempt >= (this.everConnected ? 2 : 1)
    if (wanted) this.begin()
    else if (state === 'connecting' && !this.running) this.later(PATIENCE_MS, () => this.begin())
    else if (state !== 'reconnecting' && state !== 'connecting') this.end()
  }

  private begin(): void {
    if (this.running) return
    this.running = true
    this.round()
  }

  private end(): void {
    this.running = false
    this.abort.abort()
    this.client.runtime.clearTimer(this.timer)
    if (this.store.getState().active) this.store.setState({ active: false })
  }

  private later(ms: number, run: () => void): void {
    this.client.runtime.clearTimer(this.timer)
    this.timer = this.client.runtime.setTimer(run, ms)
  }

  private round(): void {
    const abort = new AbortController()
    this.abort = abort
    const finished = (good: boolean) => {
      if (abort.signal.aborted) return
      abort.abort()
      if (this.store.getState().active !== good) this.store.setState({ active: good })
      this.later(POLL_MS, () => this.round())
    }
    this.later(ROUND_MS, () => finished(false))
    this.poll(abort.signal).then(
      () => finished(true),
      // Not reachable over HTTP either, or refused: then nothing is live, and the connection says the rest.
      () => finished(false),
    )
  }

  private async poll(signal: AbortSignal): Promise<void> {
    const [statuses, stats, firing, recovered] = await Promise.all([
      this.statuses(signal),
      this.api.get<{ stats: SystemStats[]; timestamp: number }>('stats', {}, signal),
      this.api.alerts({ state: 'firing', limit: 100 }, signal),
      this.api.alerts({ state: 'recovered', limit: RECOVERED_SHOWN }, signal),
    ])
    if (signal.aborted) return
    this.client.clock.sample(stats.timestamp)
    if (!this.store.getState().active) this.client.inject('history_data', { type: 'status', data: statuses })
    for (const status of statuses) this.take(status)
    this.client.inject('stats_update', { stats: stats.stats })
    replaceFiring(this.alerts, firing.results, stats.timestamp)
    addAlerts(this.alerts, recovered.results)
  }

  /** The newest state of every host: from the list where it has them, else one by one. */
  private async statuses(signal: AbortSignal): Promise<SystemStatus[]> {
    const { results } = await this.api.hosts(signal)
    const listed = results as { name: string; lastSeen: number | null; status?: SystemStatus | null }[]
    if (listed.some(({ status }) => status !== undefined)) {
      return listed.flatMap(({ status }) => (status ? [status] : []))
    }
    const seen = listed.filter(({ lastSeen }) => lastSeen !== null).slice(0, MOST_HOSTS)
    return Promise.all(seen.map(({ name }) => this.api.status(name, signal)))
  }

  private take(status: SystemStatus): void {
    const { host, timestamp } = status
    if (timestamp <= (this.newest.get(host) ?? 0)) return
    this.newest.set(host, timestamp)
    this.client.inject('status_update', { host, status, changes: [], timestamp })
  }
}
