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
  /** What a greeting says; null for any other frame. A socket without one may have been opened to be refused. */
  greeting(frame: Frame): Partial<ConnectedData> | null
  /** What the server announces before it closes; null for any other frame. */
  farewell(frame: Frame): DisconnectedData | null
}

export interface ConnectionOptions<Frame> {
  url: string
  /** What to offer, asked before every attempt. */
  protocols: () => string[] | Promise<string[]>
  /** True where `protocols` brings a new token each time: then one that expires ends the connection, not the trying. */
  renews: boolean
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

/**
 * ms for which a connection must have held for its loss to count as a first failure: or a server that falls over after
 * each greeting would be asked again and again without a pause.
 */
const STABLE_MS = 5_000

/** One socket at a time, and the state machine around it. Knows frames, but not what they are about. */
export class Connection<Frame> extends Emitter<ConnectionEvents<Frame>> {
  snapshot: ConnectionSnapshot = NEVER_CONNECTED
  readonly metrics: SocketMetrics

  private socket: SocketLike | null = null
  private timer: unknown = null
  private announced: DisconnectedData | null = null
  /** Attempts that failed since a connection last held. */
  private failures = 0
  /** Epoch ms before which the server wants nobody back. */
  private notBefore = 0
  /** Changes with every attempt and every end: listeners may cause either, and then what was going on is over. */
  private turn = 0
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
      this.failures = 0
      this.stopWake = this.options.runtime.onWake(() => this.wake())
      const { turn } = this
      this.setState('connecting', { attempt: 0, retryAt: null })
      if (turn === this.turn) this.open()
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
    const { runtime, protocols, handshakeTimeout } = this.options
    runtime.clearTimer(this.timer)
    this.announced = null
    this.turn += 1
    const { turn } = this
    this.timer = runtime.setTimer(() => this.timedOut('the server did not answer'), handshakeTimeout)
    if (this.snapshot.state === 'reconnecting') this.setState('reconnecting', { retryAt: null })
    if (turn !== this.turn) return
    const offered = protocols()
    if (!(offered instanceof Promise)) {
      this.dial(offered)
      return
    }
    offered.then(
      (found) => {
        if (turn === this.turn) this.dial(found)
      },
      () => {
        if (turn === this.turn) this.failed(new PresenceError('NO_TOKEN', 'no token could be had'))
      },
    )
  }

  private dial(protocols: string[]): void {
    const { runtime, url } = this.options
    this.metrics.opening()
    let socket: SocketLike
    try {
      socket = runtime.createSocket(url, protocols)
    } catch (error) {
      this.impossible(error, protocols)
      return
    }
    this.socket = socket
    socket.onmessage = (event) => this.received(event.data)
    socket.onclose = (event) => this.closed(event.code, event.reason)
    socket.onerror = () => this.trouble(new PresenceError('SOCKET_ERROR', 'the socket reported an error'))
  }

  /** The address or a protocol is none, or there are no sockets here: no later attempt would do better. */
  private impossible(error: unknown, protocols: string[]): void {
    // The browser's own words may quote the protocols, of which one is the token.
    const words = protocols.reduce((text, protocol) => text.replaceAll(protocol, '…'), String(error))
    if (!this.trouble(new PresenceError('SOCKET_ERROR', words))) return
    this.release(null)
    this.end(CLOSE.ABNORMAL, words)
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
    const { turn } = this
    this.announced = dialect.farewell(frame) ?? this.announced
    const greeting = dialect.greeting(frame)
    if (greeting && this.snapshot.state !== 'connected') this.accepted(greeting)
    if (turn === this.turn) this.emit('frame', frame)
  }

  private accepted(info: Partial<ConnectedData>): void {
    this.options.runtime.clearTimer(this.timer)
    this.heartbeat.start(info.heartbeatInterval || 30_000, info.heartbeatTimeout || 60_000)
    this.metrics.established(this.snapshot.state === 'reconnecting')
    this.setState('connected', { attempt: 0, retryAt: null, info, reason: '' })
  }

  private timedOut(message: string): void {
    this.failed(new PresenceError('HEARTBEAT_TIMEOUT', message), CLOSE.HEARTBEAT_TIMEOUT)
  }

  /** A peer that is gone never finishes a closing handshake: so the socket is let go without waiting for it. */
  private failed(error: PresenceError, code: number = CLOSE.ABNORMAL): void {
    if (!this.trouble(error)) return
    const lost = this.release(code)
    this.after(code, error.message, lost)
  }

  private closed(code: number, reason: string): void {
    const { announced } = this
    const lost = this.release(null)
    this.after(code, announced?.reason ?? reason, lost)
  }

  /** What follows an end that nobody here wanted. `lost`: a connection stood until now. */
  private after(code: number, reason: string, lost: boolean): void {
    const { announced, options } = this
    const expired = lost && options.renews && code === CLOSE.NOT_SIGNED_IN
    if (!expired && isFinalClose(code, announced)) this.end(code, reason)
    else if (options.maxAttempts > 0 && this.failures >= options.maxAttempts) this.giveUp(code, reason)
    else this.retry(code, reason, lost)
  }

  private retry(code: number, reason: string, lost: boolean): void {
    const { runtime, backoff } = this.options
    this.failures += 1
    const attempt = this.failures
    const wait = this.announced?.retryAfterMs ?? null
    const delay =
      wait === null
        ? backoffDelay(attempt - 1, backoff, runtime.random)
        : announcedDelay(wait, runtime.random)
    this.notBefore = wait === null ? 0 : runtime.now() + wait
    this.timer = runtime.setTimer(() => this.open(), delay)
    const retryAt = runtime.now() + delay
    const { turn } = this
    this.setState('reconnecting', { attempt, retryAt, closeCode: code, reason, info: null })
    if (lost && this.snapshot.state !== 'disconnected') {
      this.emit('disconnected', { code, reason, reconnect: true, retryAfterMs: wait })
    }
    if (turn === this.turn) this.emit('reconnecting', { attempt, delay, reason: retryReason(attempt) })
  }

  private giveUp(code: number, reason: string): void {
    const attempts = this.options.maxAttempts
    if (!this.trouble(new PresenceError('GAVE_UP', `gave up after ${attempts} attempts`))) return
    this.end(code, reason)
    this.emit('reconnect_failed', { attempts })
  }

  private end(closeCode: number, reason: string): void {
    this.stopWake?.()
    this.stopWake = null
    this.setState('disconnected', { closeCode, reason, retryAt: null, info: null })
    this.emit('disconnected', { code: closeCode, reason, reconnect: false, retryAfterMs: null })
  }

  /** Ends a wait of our own choosing, but not one that a server under load has asked for. */
  private wake(): void {
    if (this.snapshot.state === 'connected') this.heartbeat.probe(this.options.wakeTimeout)
    else if (this.options.runtime.now() >= this.notBefore) this.connect()
  }

  /** Tells of an error. Returns false where a listener has put an end to what it is about. */
  private trouble(error: PresenceError): boolean {
    const { turn } = this
    this.metrics.failed()
    this.emit('error', error)
    return turn === this.turn
  }

  /**
   * Takes the socket out of play; closes it with `code` unless it is closed already (null).
   *
   * @returns whether a connection stood until now.
   */
  private release(code: number | null): boolean {
    const { socket } = this
    const stood = this.snapshot.state === 'connected'
    if (this.metrics.ended() >= STABLE_MS) this.failures = 0
    this.turn += 1
    this.socket = null
    this.heartbeat.stop()
    this.options.runtime.clearTimer(this.timer)
    if (!socket) return stood
    socket.onopen = null
    socket.onmessage = null
    socket.onclose = null
    // `ws` throws an unhandled error when a socket is closed before it opened and nobody listens.
    socket.onerror = () => undefined
    if (code !== null) socket.close(code)
    return stood
  }

  private setState(state: ConnectionState, change: Partial<ConnectionSnapshot>): void {
    const from = this.snapshot.state
    if (from !== state && !ALLOWED[from].includes(state)) throw new Error(`no way from ${from} to ${state}`)
    this.snapshot = { ...this.snapshot, ...change, state }
    this.emit('state', this.snapshot)
  }
}
