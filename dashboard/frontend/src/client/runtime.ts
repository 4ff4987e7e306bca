/** The part of `WebSocket` that is used; the browser's and the one of `ws` both fit. */
export interface SocketLike {
  readonly readyState: number
  onopen: ((event: never) => void) | null
  onmessage: ((event: { data: unknown }) => void) | null
  onclose: ((event: { code: number; reason: string }) => void) | null
  onerror: ((event: never) => void) | null
  send(data: string): void
  close(code?: number, reason?: string): void
}

export const SOCKET_OPEN = 1

/** Everything the client takes from outside, so that tests can bring their own clock, timers, chance and sockets. */
export interface Runtime {
  /** Epoch ms. */
  now(): number
  setTimer(run: () => void, ms: number): unknown
  clearTimer(timer: unknown): void
  /** Uniform in [0, 1). */
  random(): number
  createSocket(url: string, protocols: string[]): SocketLike
  /** Calls `listener` when the machine or the tab woke up or the network came back; returns how to stop. */
  onWake(listener: () => void): () => void
}

export const browserRuntime: Runtime = {
  now: () => Date.now(),
  setTimer: (run, ms) => globalThis.setTimeout(run, ms),
  clearTimer: (timer) => globalThis.clearTimeout(timer as number),
  random: () => Math.random(),
  createSocket: (url, protocols) => new WebSocket(url, protocols) as unknown as SocketLike,
  onWake(listener) {
    // Outside of a page nothing sleeps and nothing tells of the network.
    if (typeof document === 'undefined') return () => undefined
    const visible = () => {
      if (document.visibilityState === 'visible') listener()
    }
    document.addEventListener('visibilitychange', visible)
    window.addEventListener('online', listener)
    return () => {
      document.removeEventListener('visibilitychange', visible)
      window.removeEventListener('online', listener)
    }
  },
}

/** A random UUID. `crypto.randomUUID` is missing on pages that came over plain HTTP, `getRandomValues` is not. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
