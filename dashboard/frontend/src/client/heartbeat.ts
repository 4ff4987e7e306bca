import type { Runtime } from './runtime'

/**
 * Keeps a connection honest: pings every `interval`, and calls `dead` when nothing at all came for `timeout`.
 *
 * Anything from the server counts as life, so a stream of updates needs no pong.
 */
export class Heartbeat {
  private pingTimer: unknown = null
  private deadTimer: unknown = null
  private lastSeen = 0
  private timeout = 0

  constructor(
    private readonly runtime: Runtime,
    private readonly ping: () => void,
    private readonly dead: () => void,
  ) {}

  /** Both in ms. */
  start(interval: number, timeout: number): void {
    this.stop()
    this.timeout = timeout
    this.seen()
    this.schedulePing(interval)
    this.watch(timeout)
  }

  /** Something arrived. */
  seen(): void {
    this.lastSeen = this.runtime.now()
  }

  /** After a sleep: asks at once, and gives up unless something comes within `within` ms. */
  probe(within: number): void {
    const asked = this.runtime.now()
    this.ping()
    this.runtime.clearTimer(this.deadTimer)
    this.deadTimer = this.runtime.setTimer(() => {
      if (this.lastSeen < asked) this.dead()
      else this.watch(this.remaining())
    }, within)
  }

  stop(): void {
    this.runtime.clearTimer(this.pingTimer)
    this.runtime.clearTimer(this.deadTimer)
    this.pingTimer = null
    this.deadTimer = null
  }

  private schedulePing(interval: number): void {
    this.pingTimer = this.runtime.setTimer(() => {
      this.ping()
      this.schedulePing(interval)
    }, interval)
  }

  private watch(ms: number): void {
    this.deadTimer = this.runtime.setTimer(() => {
      const left = this.remaining()
      if (left <= 0) this.dead()
      else this.watch(left)
    }, ms)
  }

  private remaining(): number {
    return this.lastSeen + this.timeout - this.runtime.now()
  }
}
