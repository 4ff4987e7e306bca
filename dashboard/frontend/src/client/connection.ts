import { announcedDelay, type BackoffOptions, backoffDelay } from './backoff'
import { Emitter } from './emitter'
import { CLOSE, isFinalClose, PresenceError } from './errors'
import { Heartbeat } from './heartbeat'
import { isEvent, parseFrame, type ServerFrame } from './messages'
import type { ConnectedData, DisconnectedData } from './protocol'
import { type Runtime, SOCKET_OPEN, type SocketLike } from './runtime'

export type ConnectionState = 'connecting' | 'connected' | 'reconnecting' | 'disconnected'

/** Everything about a connection that a page may want to show. */
export interface ConnectionSnapshot {
  readonly state: ConnectionState
  /** Attempts since the connection was lost; 0 while it stands. */
  readonly attempt: number
  /** Epoch ms of the next attempt; null while one is under way or none is planned. */
  readonly retryAt: number | null
  /** Close code of the last connection, null before the first close. */
  readonly closeCode: number | null
  /** What the server said when it closed. */
  readonly reason: string
  /** What the server said when it accepted, null unless connected. */
  readonly info: ConnectedData | null
}

export interface ConnectionOptions {
  url: string
  protocols: string[]
  backoff: BackoffOptions
  /** Attempts before giving up; 0 means never. */
  maxAttempts: number
  /** ms in which a new socket must bring `connected`. */
  handshakeTimeout: number
  /** ms in which a socket must show life after the machine woke up. */
  wakeTimeout: number
  runtime: Runtime
}

export interface ConnectionEvents {
  state: ConnectionSnapshot
  frame: ServerFrame
  error: PresenceError
}

const ALLOWED: Record<ConnectionState, readonly ConnectionState[]> = {
  disconnected: ['connecting'],
  connecting: ['connected', 'reconnecting', 'disconnected'],
  connected: ['reconnecting', 'disconnected'],
  reconnecting: ['connected', 'disconnected'],
}

/** One socket at a time, and the state machine around it. Knows frames, but nothing of topics. */
export class Connection extends Emitter<ConnectionEvents> {
  snapshot: ConnectionSnapshot = {
    state: 'disconnected',
    attempt: 0,
    retryAt: null,
    closeCode: null,
    reason: '',
    info: null,
  }

  private socket: SocketLike | null = null
  private timer: unknown = null
  private announced: DisconnectedData | null = null
  private readonly heartbeat: Heartbeat
  private stopWake: (() => void) | null = null

  constructor(
    private readonly options: ConnectionOptions,
    ping: () => void,
  ) {
    super()
    this.heartbeat = new Heartbeat(options.runtime, ping, () => this.timedOut('nothing came from the server'))
  }

  /** Starts, or tries again at once when an attempt is waiting; otherwise does nothing. */
  connect(): void {
    const { state, retryAt } = this.snapshot
    if (state === 'disconnected') {
      this.stopWake = this.options.runtime.onWake(() => this.wake())
      this.setState('connecting', { attempt: 0, retryAt: null })
      this.open()
    } else if (state === 'reconnecting' && retryAt !== null) {
      this.open()
    }
  }

  /** Ends the connection for good; `connect` starts a new one. */
  disconnect(): void {
    if (this.snapshot.state === 'disconnected') return
    this.release(CLOSE.NORMAL)
    this.end(CLOSE.NORMAL, '')
  }

  /** Returns whether the frame went out; false unless connected. */
  send(frame: object): boolean {
    if (this.snapshot.state !== 'connected' || this.socket?.readyState !== SOCKET_OPEN) return false
    this.socket.send(JSON.stringify(frame))
    return true
  }

  private open(): void {
    const { runtime, url, protocols, handshakeTimeout } = this.options
    runtime.clearTimer(this.timer)
    this.announced = null
    if (this.snapshot.state === 'reconnecting') this.setState('reconnecting', { retryAt: null })
    this.timer = runtime.setTimer(() => this.timedOut('the server did not answer'), handshakeTimeout)
    const socket = runtime.createSocket(url, protocols)
    this.socket = socket
    socket.onmessage = (event) => this.received(event.data)
    socket.onclose = (event) => this.closed(event.code, event.reason)
    socket.onerror = () =>
      this.emit('error', new PresenceError('SOCKET_ERROR', 'the socket reported an error'))
  }

  private received(text: unknown): void {
    this.heartbeat.seen()
    const frame = parseFrame(text)
    if (!frame) {
      this.emit('error', new PresenceError('PARSE_ERROR', 'a frame could not be read'))
      return
    }
    if (isEvent(frame, 'disconnected')) this.announced = frame.data
    if (isEvent(frame, 'connected') && this.snapshot.state !== 'connected') this.accepted(frame.data)
    this.emit('frame', frame)
  }

  private accepted(info: ConnectedData): void {
    this.options.runtime.clearTimer(this.timer)
    this.heartbeat.start(info.heartbeatInterval || 30_000, info.heartbeatTimeout || 60_000)
    this.setState('connected', { attempt: 0, retryAt: null, info, reason: '' })
  }

  /** A peer that is gone never finishes a closing handshake: so the socket is let go without waiting for it. */
  private timedOut(message: string): void {
    this.emit('error', new PresenceError('HEARTBEAT_TIMEOUT', message))
    this.release(CLOSE.HEARTBEAT_TIMEOUT)
    this.closed(CLOSE.HEARTBEAT_TIMEOUT, message)
  }

  private closed(code: number, reason: string): void {
    const announced = this.announced
    this.release(null)
    if (isFinalClose(code, announced)) {
      this.end(code, announced?.reason ?? reason)
      return
    }
    const { runtime, maxAttempts, backoff } = this.options
    const attempt = this.snapshot.attempt + 1
    if (maxAttempts > 0 && attempt > maxAttempts) {
      this.emit('error', new PresenceError('GAVE_UP', `gave up after ${maxAttempts} attempts`))
      this.end(code, reason)
      return
    }
    const wait = announced?.retryAfterMs
    const delay =
      wait == null ? backoffDelay(attempt - 1, backoff, runtime.random) : announcedDelay(wait, runtime.random)
    this.timer = runtime.setTimer(() => this.open(), delay)
    this.setState('reconnecting', {
      attempt,
      retryAt: runtime.now() + delay,
      closeCode: code,
      reason: announced?.reason ?? reason,
      info: null,
    })
  }

  private end(closeCode: number, reason: string): void {
    this.stopWake?.()
    this.stopWake = null
    this.setState('disconnected', { closeCode, reason, retryAt: null, info: null })
  }

  private wake(): void {
    if (this.snapshot.state === 'connected') this.heartbeat.probe(this.options.wakeTimeout)
    else this.connect()
  }

  /** Takes the socket out of play; closes it with `code` unless it is closed already (null). */
  private release(code: number | null): void {
    const socket = this.socket
    this.socket = null
    this.heartbeat.stop()
    this.options.runtime.clearTimer(this.timer)
    if (!socket) return
    socket.onopen = null
    socket.onmessage = null
    socket.onclose = null
    // `ws` throws an unhandled error when a socket is closed before it opened and nobody listens.
    socket.onerror = () => undefined
    if (code !== null) socket.close(code)
  }

  private setState(state: ConnectionState, change: Partial<ConnectionSnapshot>): void {
    const from = this.snapshot.state
    if (from !== state && !ALLOWED[from].includes(state)) throw new Error(`no way from ${from} to ${state}`)
    this.snapshot = { ...this.snapshot, ...change, state }
    this.emit('state', this.snapshot)
  }
}
