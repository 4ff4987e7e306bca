import { announcedDelay, type BackoffOptions, backoffDelay } from './backoff'
import { Emitter } from './emitter'
import { CLOSE, isFinalClose, PresenceError } from './errors'
import { Heartbeat } from './heartbeat'
import type { ConnectedData, DisconnectedData } from './protocol'
import { type RetryReason, retryReason } from './retryReason'
import { type Runtime, SOCKET_OPEN, type SocketLike } from './runtime'
import { SocketMetrics } from './socketMetrics'

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
  readonly info: Partial<ConnectedData> | null
}

/** How the frames of one kind of endpoint are read. */
export interface Dialect<Frame> {
  /** Null when the text is no frame of this protocol. */
  parse(text: unknown): Frame | null
  /** What a greeting says; null for any other frame. */
  greeting(frame: Frame): Partial<ConnectedData> | null
  /** What the server announces before it closes; null for any other frame. */
  farewell(frame: Frame): DisconnectedData | null
  /** True where a socket counts as connected once it is open, greeting or not. */
  readonly opensConnected: boolean
}

export interface ConnectionOptions<Frame> {
  url: string
  protocols: string[]
  dialect: Dialect<Frame>
  backoff: BackoffOptions
  /** Attempts before giving up; 0 means never. */
  maxAttempts: number
  /** ms in which a new socket must bring its greeting. */
  handshakeTimeout: number
  /** ms in which a socket must show life after the machine woke up. */
  wakeTimeout: number
  runtime: Runtime
}

/** The next attempt: its number since the connection was lost, and the wait before it in ms. */
export interface Reconnecting {
  attempt: number
  delay: number
  reason: RetryReason
}

/** What every connection tells, whatever it carries. */
export interface LifecycleEvents {
  /** The connection changed. */
  state: ConnectionSnapshot
  /** A connection ended: what the server announced, or what the socket's close tells where it did not. */
  disconnected: DisconnectedData
  /** It will try again after `delay` ms. */
  reconnecting: Reconnecting
  /** It has given up after as many attempts as it was allowed. */
  reconnect_failed: { attempts: number }
  /** What went wrong: an error that the server sent, or trouble of the socket. It does not end the connection. */
  error: PresenceError
}

export interface ConnectionEvents<Frame> extends LifecycleEvents {
  frame: Frame
}

const ALLOWED: Record<ConnectionState, readonly ConnectionState[]> = {
  disconnected: ['connecting'],
  connecting: ['connected', 'reconnecting', 'disconnected'],
  connected: ['reconnecting', 'disconnected'],
  reconnecting: ['connected', 'disconnected'],
}

const NEVER_CONNECTED: ConnectionSnapshot = {
  state: 'disconnected',
  attempt: 0,
  retryAt: null,
  closeCode: null,
  reason: '',
  info: null,
}

/** One socket at a time, and the state machine around it. Knows frames, but not what they are about. */
export class Connection<Frame> extends Emitter<ConnectionEvents<Frame>> {
  snapshot: ConnectionSnapshot = NEVER_CONNECTED
  readonly metrics: SocketMetrics

  private socket: SocketLike | null = null
  private timer: unknown = null
  private announced: DisconnectedData | null = null
  private greeted = false
  private readonly heartbeat: Heartbeat
  private stopWake: (() => void) | null = null

  constructor(
    private readonly options: ConnectionOptions<Frame>,
    ping: () => void,
  ) {
    super()
    this.metrics = new SocketMetrics(() => options.runtime.now())
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
    const text = JSON.stringify(frame)
    this.socket.send(text)
    this.metrics.sent(text.length)
    return true
  }

  private open(): void {
    const { runtime, url, protocols, handshakeTimeout, dialect } = this.options
    runtime.clearTimer(this.timer)
    this.announced = null
    this.greeted = false
    if (this.snapshot.state === 'reconnecting') this.setState('reconnecting', { retryAt: null })
    this.timer = runtime.setTimer(() => this.timedOut('the server did not answer'), handshakeTimeout)
    this.metrics.opening()
    const socket = runtime.createSocket(url, protocols)
    this.socket = socket
    if (dialect.opensConnected) socket.onopen = () => this.accepted({})
    socket.onmessage = (event) => this.received(event.data)
    socket.onclose = (event) => this.closed(event.code, event.reason)
    socket.onerror = () => this.trouble(new PresenceError('SOCKET_ERROR', 'the socket reported an error'))
  }

  private received(text: unknown): void {
    this.heartbeat.seen()
    this.metrics.received(text)
    const { dialect } = this.options
    const frame = dialect.parse(text)
    if (!frame) {
      this.trouble(new PresenceError('PARSE_ERROR', 'a frame could not be read'))
      return
    }
    this.announced = dialect.farewell(frame) ?? this.announced
    const greeting = dialect.greeting(frame)
    if (greeting && !this.greeted) {
      this.greeted = true
      this.accepted(greeting)
    }
    this.emit('frame', frame)
  }

  private accepted(info: Partial<ConnectedData>): void {
    this.options.runtime.clearTimer(this.timer)
    this.heartbeat.start(info.heartbeatInterval || 30_000, info.heartbeatTimeout || 60_000)
    if (this.snapshot.state !== 'connected') this.metrics.established(this.snapshot.state === 'reconnecting')
    this.setState('connected', { attempt: 0, retryAt: null, info, reason: '' })
  }

  /** A peer that is gone never finishes a closing handshake: so the socket is let go without waiting for it. */
  private timedOut(message: string): void {
    this.trouble(new PresenceError('HEARTBEAT_TIMEOUT', message))
    this.release(CLOSE.HEARTBEAT_TIMEOUT)
    this.closed(CLOSE.HEARTBEAT_TIMEOUT, message)
  }

  private closed(code: number, closeReason: string): void {
    const announced = this.announced
    this.release(null)
    const reason = announced?.reason ?? closeReason
    if (isFinalClose(code, announced)) {
      this.end(code, reason)
      return
    }
    const { runtime, maxAttempts, backoff } = this.options
    const attempt = this.snapshot.attempt + 1
    if (maxAttempts > 0 && attempt > maxAttempts) {
      this.trouble(new PresenceError('GAVE_UP', `gave up after ${maxAttempts} attempts`))
      this.end(code, reason)
      this.emit('reconnect_failed', { attempts: maxAttempts })
      return
    }
    const wait = announced?.retryAfterMs
    const delay =
      wait == null ? backoffDelay(attempt - 1, backoff, runtime.random) : announcedDelay(wait, runtime.random)
    this.timer = runtime.setTimer(() => this.open(), delay)
    const lost = this.snapshot.state === 'connected'
    this.setState('reconnecting', {
      attempt,
      retryAt: runtime.now() + delay,
      closeCode: code,
      reason,
      info: null,
    })
    if (lost) this.emit('disconnected', { code, reason, reconnect: true, retryAfterMs: wait ?? null })
    this.emit('reconnecting', { attempt, delay, reason: retryReason(attempt) })
  }

  private end(closeCode: number, reason: string): void {
    this.stopWake?.()
    this.stopWake = null
    this.setState('disconnected', { closeCode, reason, retryAt: null, info: null })
    this.emit('disconnected', { code: closeCode, reason, reconnect: false, retryAfterMs: null })
  }

  private wake(): void {
    if (this.snapshot.state === 'connected') this.heartbeat.probe(this.options.wakeTimeout)
    else this.connect()
  }

  private trouble(error: PresenceError): void {
    this.metrics.failed()
    this.emit('error', error)
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
