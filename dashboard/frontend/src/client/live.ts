import { type BackoffOptions, DEFAULT_BACKOFF } from './backoff'
import { Connection, type ConnectionSnapshot, type Dialect, type LifecycleEvents } from './connection'
import { Emitter } from './emitter'
import { PresenceError } from './errors'
import type { ConnectedData } from './protocol'
import { DEFAULT_QUEUE_LIMIT, OfflineQueue } from './queue'
import { type RequestOptions, Requests } from './requests'
import { browserRuntime, type Runtime } from './runtime'
import type { SocketFigures } from './socketMetrics'

/** A token, or how to get one: that is asked before every attempt, so that one that has expired is replaced. */
export type TokenSource = string | (() => string | Promise<string>)

/** What every connection can be told, whatever it carries. */
export interface SocketOptions {
  /** `ws:` or `wss:` address of the endpoint. */
  url: string
  /** Subprotocols to offer, best first. */
  protocols?: string[]
  /** A read-only token, for pages that have no session cookie of Presence. It goes out as a subprotocol, never in the URL. */
  token?: TokenSource
  backoff?: Partial<BackoffOptions>
  /** Attempts before giving up; 0, the default, means never. */
  maxReconnectAttempts?: number
  /** ms in which a new socket must bring its greeting, 10 s by default. */
  handshakeTimeout?: number
  /** ms in which a socket must show life after the machine woke up, 5 s by default. */
  wakeTimeout?: number
  /** Messages kept while there is no connection, 100 by default. */
  queueLimit?: number
  runtime?: Runtime
}

/** What every client tells beside its messages; a message of one of these names is told as `message` alone. */
export interface OwnEvents<Frame> extends LifecycleEvents {
  /** Connected, with what the server greeted with. */
  connected: Partial<ConnectedData>
  /** Every message as it came, before the event of its type; only the greeting comes after `connected`. */
  message: Frame
}

const OWN: ReadonlySet<string> = new Set<keyof OwnEvents<unknown> | 'gap'>([
  'state',
  'connected',
  'disconnected',
  'reconnecting',
  'reconnect_failed',
  'error',
  'message',
  'gap',
])

/** Of what waited this many go out at once, and so many a second after them: the server takes 60 and 20 of everything. */
const BURST = 40
const BURST_A_SECOND = 15

const VERSION_1_1 = 'presence.v1.1'

/**
 * What a socket offers: the versions, and with them the token. The token is never confirmed, and a handshake that
 * confirms nothing of what was offered fails: so there is always a version beside it.
 */
export function offeredProtocols(protocols: readonly string[], token: string | undefined): string[] {
  if (token === undefined) return [...protocols]
  const versions = protocols.length > 0 ? protocols : [VERSION_1_1]
  return [...versions, `presence.token.${token}`]
}

function offers(protocols: readonly string[], token: TokenSource | undefined) {
  if (typeof token !== 'function') return () => offeredProtocols(protocols, token)
  return async () => offeredProtocols(protocols, await token())
}

interface Sendable {
  id: string
  type: string
  action?: string
}

/** One connection, what waits for it while there is none, and who waits for an answer. Each protocol adds its messages. */
export abstract class LiveClient<
  Events extends object,
  Frame,
  Message extends Sendable,
> extends Emitter<Events> {
  readonly runtime: Runtime
  protected readonly requests: Requests<Frame>
  private readonly connection: Connection<Frame>
  private readonly queue: OfflineQueue<Message>
  private wasConnected = false
  private flushTimer: unknown = null

  protected constructor(
    readonly options: SocketOptions,
    protocols: readonly string[],
    dialect: Dialect<Frame>,
  ) {
    super()
    this.runtime = options.runtime ?? browserRuntime
    this.queue = new OfflineQueue(options.queueLimit ?? DEFAULT_QUEUE_LIMIT)
    this.requests = new Requests(this.runtime)
    this.connection = new Connection(
      {
        url: options.url,
        protocols: offers(protocols, options.token),
        renews: typeof options.token === 'function',
        dialect,
        backoff: { ...DEFAULT_BACKOFF, ...options.backoff },
        maxAttempts: options.maxReconnectAttempts ?? 0,
        handshakeTimeout: options.handshakeTimeout ?? 10_000,
        wakeTimeout: options.wakeTimeout ?? 5_000,
        runtime: this.runtime,
      },
      () => this.beat(),
    )
    this.connection.on('state', (snapshot) => this.stateChanged(snapshot))
    this.connection.on('frame', (frame) => this.received(frame))
    this.connection.on('error', (error) => this.tell('error', error))
    this.connection.on('disconnected', (data) => this.tell('disconnected', data))
    this.connection.on('reconnecting', (data) => this.tell('reconnecting', data))
    this.connection.on('reconnect_failed', (data) => this.tell('reconnect_failed', data))
  }

  get snapshot(): ConnectionSnapshot {
    return this.connection.snapshot
  }

  /** Counters of the connection; they go on over reconnects. */
  get figures(): Readonly<SocketFigures> {
    return this.connection.metrics.figures
  }

  /** Starts; while waiting for the next attempt, tries at once. */
  connect(): void {
    this.connection.connect()
  }

  /** Ends the connection; what waits, and what is subscribed, stays noted for the next `connect`. */
  disconnect(): void {
    this.connection.disconnect()
  }

  /** Forgets what waits for a connection; returns it, oldest first. */
  takeUnsent(): Message[] {
    return this.queue.drain()
  }

  /** A ping, in the words of the protocol. */
  protected abstract beat(): void

  /** A message came. */
  protected abstract received(frame: Frame): void

  /** Connected, once more or for the first time: says what has to be said before that which waits. */
  protected established(): void {}

  /** The connection was lost. */
  protected lost(): void {
    this.runtime.clearTimer(this.flushTimer)
    this.requests.disconnected()
  }

  /** Returns whether it went out. */
  protected sendNow(message: Message): boolean {
    return this.connection.send(message)
  }

  /** Sends it, or keeps it for the next connection, behind what waits. Returns whether it went out at once. */
  protected sendOrKeep(message: Message): boolean {
    if (this.queue.length === 0 && this.connection.send(message)) return true
    const dropped = this.queue.push(message)
    if (dropped) {
      const { id, type, action } = dropped
      const details = action === undefined ? { id, type } : { id, action }
      this.tell('error', new PresenceError('QUEUE_OVERFLOW', 'a waiting message was dropped', details))
    }
    return false
  }

  /** Sends it and waits for what answers it; rejects as `Requests.wait` does, and at once without a connection. */
  protected ask(message: Message, options: RequestOptions): Promise<Frame> {
    if (options.signal?.aborted) return Promise.reject(options.signal.reason)
    if (this.snapshot.state !== 'connected') return Promise.reject(notConnected())
    const answer = this.requests.wait(message.id, options)
    try {
      if (!this.connection.send(message)) this.requests.reject(message.id, notConnected())
    } catch (error) {
      this.requests.reject(message.id, error) // a payload that JSON cannot say
    }
    return answer
  }

  /** One of the client's own events. */
  protected tell<E extends keyof OwnEvents<Frame>>(event: E, data: OwnEvents<Frame>[E]): void {
    this.emit(event as never, data as never)
  }

  /** An event of the server. Those that this version does not know have no listeners, so they pass without harm. */
  protected dispatch(event: string, data: unknown): void {
    if (!OWN.has(event)) this.emit(event as never, data as never)
  }

  private stateChanged(snapshot: ConnectionSnapshot): void {
    const before = this.wasConnected
    this.wasConnected = snapshot.state === 'connected'
    if (before && !this.wasConnected) this.lost()
    this.tell('state', snapshot)
    // Whoever hears of it may end it, or make it anew.
    if (before || snapshot.state !== 'connected' || this.snapshot !== snapshot) return
    this.established()
    this.tell('connected', snapshot.info ?? {})
    if (this.snapshot === snapshot) this.flush(BURST)
  }

  private flush(most: number): void {
    for (let count = 0; count < most; count += 1) {
      // It is out also where JSON cannot say it: it must not stand in the way of the others.
      const message = this.queue.take()
      if (!message) return
      if (this.connection.send(message)) continue
      this.queue.putBack(message)
      return
    }
    this.flushTimer = this.runtime.setTimer(() => this.flush(BURST_A_SECOND), 1_000)
  }
}

function notConnected(): PresenceError {
  return new PresenceError('DISCONNECTED', 'there is no connection to ask over')
}
