import { WebSocket } from 'ws'
import type { Runtime, SocketLike } from '../../src/client/runtime'

interface Timer {
  at: number
  run: () => void
}

/** A runtime whose clock stands still until a test moves it; sockets are real ones. */
export class FakeRuntime implements Runtime {
  time = 1_000_000
  /** What `random` returns. */
  chance = 0.5
  /** Addresses of all sockets that were opened. */
  opened: string[] = []
  /** The protocols that each of them offered. */
  offered: string[][] = []
  private readonly timers = new Set<Timer>()
  private readonly wakers = new Set<() => void>()

  constructor(private readonly makeSocket: (url: string) => SocketLike = realSocket) {}

  now = () => this.time
  random = () => this.chance

  setTimer = (run: () => void, ms: number): Timer => {
    const timer = { at: this.time + ms, run }
    this.timers.add(timer)
    return timer
  }

  clearTimer = (timer: unknown): void => {
    this.timers.delete(timer as Timer)
  }

  createSocket = (url: string, protocols: string[]): SocketLike => {
    this.opened.push(url)
    this.offered.push(protocols)
    return this.makeSocket(url)
  }

  onWake = (listener: () => void): (() => void) => {
    this.wakers.add(listener)
    return () => this.wakers.delete(listener)
  }

  /** How many timers wait; none when everything was cleaned up. */
  get pending(): number {
    return this.timers.size
  }

  wake(): void {
    for (const listener of [...this.wakers]) listener()
  }

  /** Moves the clock on and runs what came due, in order. */
  advance(ms: number): void {
    const end = this.time + ms
    for (;;) {
      const due = [...this.timers].filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0]
      if (!due) break
      this.timers.delete(due)
      this.time = Math.max(this.time, due.at)
      due.run()
    }
    this.time = end
  }
}

function realSocket(url: string): SocketLike {
  return new WebSocket(url) as unknown as SocketLike
}
