import type { PresenceClient } from './client'
import { Emitter } from './emitter'
import { Holders } from './holders'

export type Stability = 'excellent' | 'good' | 'poor' | 'critical'

/** How good a connection is, over the last pings. */
export interface ConnectionQuality {
  /** Time there and back in ms, smoothed; null before the first answer. */
  latency: number | null
  /** Share of the last pings that had no answer in time, 0-1. */
  packetsLost: number
  /** How often a lost connection was made again since the page was opened. */
  reconnectCount: number
  /** ms since when the connection stands; 0 while it does not. */
  uptime: number
  stability: Stability
  /** The last latencies in ms, oldest first; null for a lost ping. */
  samples: readonly (number | null)[]
}

export interface QualityOptions {
  /** ms between two pings, 10 s by default. */
  interval?: number
  /** ms after which a ping counts as lost, 5 s by default. */
  timeout?: number
}

/** Smoothing of the latency: 0.8 of what was, 0.2 of what is new. */
const KEEP = 0.8
/** Pings over which the loss is a share. */
const WINDOW = 50

/** The class of a connection: the bounds are those of the requirement. */
export function stabilityOf(latency: number | null, packetsLost: number): Stability {
  if (latency === null) return packetsLost > 0 ? 'critical' : 'good'
  if (latency < 100 && packetsLost < 0.01) return 'excellent'
  if (latency < 300 && packetsLost < 0.05) return 'good'
  return latency < 1_000 && packetsLost < 0.1 ? 'poor' : 'critical'
}

/** Measures a connection by pinging over it, as long as somebody holds it. */
export class QualityMonitor extends Emitter<{ change: ConnectionQuality }> {
  quality: ConnectionQuality = {
    latency: null,
    packetsLost: 0,
    reconnectCount: 0,
    uptime: 0,
    stability: 'good',
    samples: [],
  }
  private readonly holders = new Holders(
    () => this.start(),
    () => this.stop(),
  )
  private timer: unknown = null
  private stopState: (() => void) | null = null

  constructor(
    private readonly client: PresenceClient,
    private readonly options: QualityOptions = {},
  ) {
    super()
  }

  /** Measures until the last holder lets go. Returns how to let go. */
  hold(): () => void {
    return this.holders.hold()
  }

  private start(): void {
    let before = ''
    const changed = ({ state }: { state: string }) => {
      if (state === before) return
      before = state
      if (state === 'connected') this.beat()
      else this.pause()
    }
    this.stopState = this.client.on('state', changed)
    changed(this.client.snapshot)
  }

  private stop(): void {
    this.stopState?.()
    this.stopState = null
    this.client.runtime.clearTimer(this.timer)
  }

  private pause(): void {
    this.client.runtime.clearTimer(this.timer)
    this.tell({ uptime: 0 })
  }

  private beat(): void {
    const { runtime } = this.client
    runtime.clearTimer(this.timer)
    this.timer = runtime.setTimer(() => this.beat(), this.options.interval ?? 10_000)
    this.client.ping({ timeout: this.options.timeout ?? 5_000 }).then(
      (latency) => this.add(latency),
      // A connection that ended meanwhile has lost more than a ping, and says so itself.
      (error: { code?: string }) => error.code === 'TIMEOUT' && this.add(null),
    )
  }

  private add(sample: number | null): void {
    const samples = [...this.quality.samples, sample].slice(-WINDOW)
    const { latency: before } = this.quality
    const latency = sample === null ? before : before === null ? sample : before * KEEP + sample * (1 - KEEP)
    const packetsLost = samples.filter((one) => one === null).length / samples.length
    this.tell({ latency, packetsLost, samples })
  }

  private tell(change: Partial<ConnectionQuality>): void {
    const { connectedAt, reconnections } = this.client.figures
    const connected = this.client.snapshot.state === 'connected'
    const next = { ...this.quality, ...change, reconnectCount: reconnections }
    next.uptime = connected && connectedAt !== null ? this.client.runtime.now() - connectedAt : 0
    next.stability = stabilityOf(next.latency, next.packetsLost)
    this.quality = next
    this.emit('change', next)
  }
}

const monitors = new WeakMap<PresenceClient, QualityMonitor>()

/** The one monitor of a client: everybody who wants to know shares its pings. */
export function qualityMonitor(client: PresenceClient): QualityMonitor {
  let monitor = monitors.get(client)
  if (!monitor) {
    monitor = new QualityMonitor(client)
    monitors.set(client, monitor)
  }
  return monitor
}
