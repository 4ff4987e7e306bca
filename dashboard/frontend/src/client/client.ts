import { type BackoffOptions, DEFAULT_BACKOFF } from './backoff'
import { ServerClock } from './clock'
import { Connection, type ConnectionSnapshot, type LifecycleEvents } from './connection'
import { topicDialect } from './dialect'
import { Emitter } from './emitter'
import { PresenceError } from './errors'
import {
  type ClientFrame,
  type FrameMetadata,
  isEvent,
  type ServerEvents,
  type ServerFrame,
  type Topic,
  topicOf,
} from './messages'
import { DEFAULT_QUEUE_LIMIT, OfflineQueue } from './queue'
import { type RequestOptions, Requests } from './requests'
import { browserRuntime, newId, type Runtime } from './runtime'
import type { SocketFigures } from './socketMetrics'
import { type SubscribeOptions, Subscriptions } from './subscriptions'

/** What every connection can be told, whatever it carries. */
export interface SocketOptions {
  /** `ws:` or `wss:` address of the endpoint. */
  url: string
  /** Subprotocols to offer, best first. */
  protocols?: string[]
  /** A read-only token, for pages that have no session cookie of Presence. It goes out as a subprotocol, never in the URL. */
  token?: string
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

/** `protocols` is `['presence.v1.1']` by default; an empty list speaks version 1.0, without answers and positions. */
export type PresenceClientOptions = SocketOptions

/** Updates of a topic that will not come: skipped because this page read too slowly, or no longer kept after a break. */
export interface Gap {
  cause: 'overflow' | 'not_recovered'
  /** Null where it may be any. */
  topic: string | null
  /** How many, null where that is not known. */
  missed: number | null
}

/** Server events by name, batches already unfolded, and beside them the connection's own. */
export interface PresenceEvents extends Omit<ServerEvents, keyof LifecycleEvents>, LifecycleEvents {
  /** Every frame as it came, before its events. */
  message: ServerFrame
  /** Something is missing: read it again, over HTTP for instance. */
  gap: Gap
}

const VERSION_1_1 = 'presence.v1.1'

/**
 * What a socket offers: the versions, and with them the token. The token is never confirmed, and a handshake that
 * confirms nothing of what was offered fails: so there is always a version beside it.
 */
export function offeredProtocols(protocols: string[], token: string | undefined): string[] {
  if (token === undefined) return protocols
  const versions = protocols.length > 0 ? protocols : [VERSION_1_1]
  return [...versions, `presence.token.${token}`]
}

/**
 * A live connection to Presence: comes back by itself, subscribes again from where it was, and hands out typed events.
 *
 * It renders nothing and stores nothing; put a store behind its events.
 */
export class PresenceClient extends Emitter<PresenceEvents> {
  /** What the server's clock shows. */
  readonly clock: ServerClock
  readonly runtime: Runtime
  private readonly connection: Connection<ServerFrame>
  private readonly subscriptions = new Subscriptions()
  private readonly queue: OfflineQueue<ClientFrame>
  private readonly requests: Requests<ServerFrame>
  private readonly pings: string[] = []
  private syncPlanned = false
  private wasConnected = false

  constructor(readonly options: PresenceClientOptions) {
    super()
    this.runtime = options.runtime ?? browserRuntime
    this.clock = new ServerClock(() => this.runtime.now())
    this.queue = new OfflineQueue(options.queueLimit ?? DEFAULT_QUEUE_LIMIT)
    this.requests = new Requests(this.runtime)
    this.connection = new Connection(
      {
        url: options.url,
        protocols: offeredProtocols(options.protocols ?? [VERSION_1_1], options.token),
        dialect: topicDialect,
        backoff: { ...DEFAULT_BACKOFF, ...options.backoff },
        maxAttempts: options.maxReconnectAttempts ?? 0,
        handshakeTimeout: options.handshakeTimeout ?? 10_000,
        wakeTimeout: options.wakeTimeout ?? 5_000,
        runtime: this.runtime,
      },
      () => this.connection.send(this.frame('ping', 'system')),
    )
    this.connection.on('state', (snapshot) => this.stateChanged(snapshot))
    this.connection.on('frame', (frame) => this.received(frame))
    this.connection.on('error', (error) => this.emit('error', error))
    this.connection.on('disconnected', (data) => this.emit('disconnected', data))
    this.connection.on('reconnecting', (data) => this.emit('reconnecting', data))
    this.connection.on('reconnect_failed', (data) => this.emit('reconnect_failed', data))
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

  /** Ends the connection; what is subscribed stays noted for the next `connect`. */
  disconnect(): void {
    this.connection.disconnect()
  }

  /**
   * Wants `topics` from now on, over reconnects too.
   *
   * @returns how to let go; a topic is unsubscribed when nobody holds it any more.
   */
  subscribe(topics: readonly Topic[], options: SubscribeOptions = {}): () => void {
    const release = this.subscriptions.hold(topics, options)
    this.planSync()
    return () => {
      release()
      this.planSync()
    }
  }

  /** Asks for past entries; they come as `history_data`. `limit` 1-100, `before` in epoch ms. */
  getHistory(topic: Exclude<Topic, 'all' | 'config'>, limit: number, before?: number): void {
    this.send(this.frame('get_history', 'system', historyPayload(topic, limit, before)))
  }

  /** The same, for the one who asks: oldest first. Rejects as `request` does. */
  async history(
    topic: Exclude<Topic, 'all' | 'config'>,
    limit: number,
    before?: number,
    options: RequestOptions = {},
  ): Promise<unknown[]> {
    const answer = await this.request('get_history', historyPayload(topic, limit, before), options)
    return isEvent(answer, 'history_data') ? answer.data.data : []
  }

  /**
   * Sends a message and waits for what answers it (version 1.1: `metadata.replyTo`).
   *
   * Rejects with a `PresenceError`: the server's own, `DISCONNECTED` without a connection, or `TIMEOUT`.
   */
  request(
    action: ClientFrame['action'],
    payload?: object,
    options: RequestOptions = {},
  ): Promise<ServerFrame> {
    const frame = this.frame(action, action.endsWith('subscribe') ? 'config' : 'system', payload)
    const answer = this.requests.wait(frame.id, options)
    if (!this.connection.send(frame)) {
      this.requests.reject(frame.id, new PresenceError('DISCONNECTED', 'there is no connection to ask over'))
    }
    return answer
  }

  /** Time there and back in ms. Rejects as `request` does. */
  async ping(options: RequestOptions = {}): Promise<number> {
    const started = this.runtime.now()
    const frame = this.frame('ping', 'system')
    const answer = this.requests.wait(frame.id, options)
    this.pings.push(frame.id)
    if (!this.connection.send(frame)) {
      this.requests.reject(frame.id, new PresenceError('DISCONNECTED', 'there is no connection to ask over'))
    }
    try {
      await answer
      return this.runtime.now() - started
    } finally {
      this.pings.splice(this.pings.indexOf(frame.id), 1)
    }
  }

  /** Sends a message, or keeps it until there is a connection. */
  send(frame: ClientFrame): void {
    if (this.connection.send(frame)) return
    const dropped = this.queue.push(frame)
    if (dropped) {
      const details = { id: dropped.id, action: dropped.action }
      this.emit('error', new PresenceError('QUEUE_OVERFLOW', 'a waiting message was dropped', details))
    }
  }

  /** Hands out an event as if the server had sent it: for data that came another way, over HTTP for instance. */
  inject<E extends keyof ServerEvents & keyof PresenceEvents>(event: E, data: PresenceEvents[E]): void {
    this.emit(event, data)
  }

  private frame(action: ClientFrame['action'], type: ClientFrame['type'], payload?: object): ClientFrame {
    const frame: ClientFrame = {
      id: newId(),
      type,
      timestamp: this.runtime.now(),
      direction: 'client-to-server',
      action,
    }
    return payload ? { ...frame, payload } : frame
  }

  private stateChanged(snapshot: ConnectionSnapshot): void {
    const before = this.wasConnected
    this.wasConnected = snapshot.state === 'connected'
    this.emit('state', snapshot)
    if (before && !this.wasConnected) this.requests.disconnected()
    if (before || !this.wasConnected) return
    this.subscriptions.forget()
    this.sync()
    for (const frame of this.queue.drain()) this.send(frame)
  }

  private received(frame: ServerFrame): void {
    if (frame.timestamp > 0) this.clock.sample(frame.timestamp)
    this.emit('message', frame)
    if (isEvent(frame, 'error')) this.failed(frame)
    else if (isEvent(frame, 'batch_update')) {
      for (const { event, data } of frame.data.events) this.dispatch(event, data)
    } else if (!isEvent(frame, 'disconnected')) {
      // `disconnected` is told once, when the socket has closed.
      this.dispatch(frame.event, frame.data)
    }
    this.answered(frame)
    this.noted(topicOf(frame), frame.metadata)
  }

  private failed(frame: ServerFrame<'error'>): void {
    const { code, message, details } = frame.data
    const error = new PresenceError(code, message, details)
    this.requests.reject(frame.metadata?.replyTo, error)
    this.emit('error', error)
    if (code === 'QUEUE_OVERFLOW') {
      this.emit('gap', { cause: 'overflow', topic: null, missed: Number(error.details.missed ?? 0) || null })
    }
  }

  private answered(frame: ServerFrame): void {
    // Version 1.0 does not say which ping a pong answers, but it answers them in order.
    const replyTo = frame.metadata?.replyTo ?? (frame.event === 'pong' ? this.pings[0] : undefined)
    this.requests.resolve(replyTo, frame)
  }

  private noted(topic: string | null, metadata: FrameMetadata | undefined): void {
    if (!topic || !metadata) return
    if (metadata.position !== undefined) this.subscriptions.reached(topic, metadata.position)
    if (metadata.recovered === false) this.emit('gap', { cause: 'not_recovered', topic, missed: null })
  }

  /** Events that this version does not know have no listeners, so they pass without harm. */
  private dispatch(event: string, data: unknown): void {
    this.emit(event as keyof PresenceEvents, data as never)
  }

  /** Holders that come and go in one turn (a page change) cost one message, or none. */
  private planSync(): void {
    if (this.syncPlanned) return
    this.syncPlanned = true
    queueMicrotask(() => {
      this.syncPlanned = false
      this.sync()
    })
  }

  private sync(): void {
    if (this.snapshot.state !== 'connected') return
    const { subscribe, unsubscribe } = this.subscriptions.changes()
    if (unsubscribe.length > 0)
      this.connection.send(this.frame('unsubscribe', 'config', { types: unsubscribe }))
    for (const request of subscribe) this.connection.send(this.frame('subscribe', 'config', request))
  }
}

function historyPayload(type: Topic, limit: number, before: number | undefined): object {
  return before === undefined ? { type, limit } : { type, limit, before }
}
