import { type BackoffOptions, DEFAULT_BACKOFF } from './backoff'
import { ServerClock } from './clock'
import { Connection, type ConnectionSnapshot } from './connection'
import { Emitter } from './emitter'
import { PresenceError } from './errors'
import { type ClientFrame, isEvent, type ServerEvents, type ServerFrame, type Topic } from './messages'
import { DEFAULT_QUEUE_LIMIT, OfflineQueue } from './queue'
import { browserRuntime, newId, type Runtime } from './runtime'
import { type SubscribeOptions, Subscriptions } from './subscriptions'

export interface PresenceClientOptions {
  /** `ws:` or `wss:` address of the endpoint. */
  url: string
  /** Subprotocols to offer, best first; none speaks version 1.0. */
  protocols?: string[]
  backoff?: Partial<BackoffOptions>
  /** Attempts before giving up; 0, the default, means never. */
  maxReconnectAttempts?: number
  /** ms in which a new socket must bring `connected`, 10 s by default. */
  handshakeTimeout?: number
  /** ms in which a socket must show life after the machine woke up, 5 s by default. */
  wakeTimeout?: number
  /** Messages kept while there is no connection, 100 by default. */
  queueLimit?: number
  runtime?: Runtime
}

/** Server events by name, batches already unfolded, and beside them the connection's own. */
export interface PresenceEvents extends ServerEvents {
  /** The connection changed. */
  state: ConnectionSnapshot
  /** Every frame as it came, before its events. */
  message: ServerFrame
  /** What went wrong: an `error` of the server, or trouble of the socket. The connection goes on. */
  trouble: PresenceError
}

/**
 * A live connection to Presence: comes back by itself, subscribes again, and hands out typed events.
 *
 * It renders nothing and stores nothing; put a store behind its events.
 */
export class PresenceClient extends Emitter<PresenceEvents> {
  /** What the server's clock shows. */
  readonly clock: ServerClock
  private readonly runtime: Runtime
  private readonly connection: Connection
  private readonly subscriptions = new Subscriptions()
  private readonly queue: OfflineQueue
  private syncPlanned = false

  constructor(readonly options: PresenceClientOptions) {
    super()
    this.runtime = options.runtime ?? browserRuntime
    this.clock = new ServerClock(() => this.runtime.now())
    this.queue = new OfflineQueue(options.queueLimit ?? DEFAULT_QUEUE_LIMIT)
    this.connection = new Connection(
      {
        url: options.url,
        protocols: options.protocols ?? [],
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
    this.connection.on('error', (error) => this.emit('trouble', error))
  }

  get snapshot(): ConnectionSnapshot {
    return this.connection.snapshot
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
    this.send(
      this.frame('get_history', 'system', {
        type: topic,
        limit,
        ...(before === undefined ? {} : { before }),
      }),
    )
  }

  /** Sends a message, or keeps it until there is a connection. */
  send(frame: ClientFrame): void {
    if (this.connection.send(frame)) return
    const dropped = this.queue.push(frame)
    if (dropped) {
      const details = { id: dropped.id, action: dropped.action }
      this.emit('trouble', new PresenceError('QUEUE_OVERFLOW', 'a waiting message was dropped', details))
    }
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
    this.emit('state', snapshot)
    if (snapshot.state !== 'connected') return
    this.subscriptions.forget()
    this.sync()
    for (const frame of this.queue.drain()) this.send(frame)
  }

  private received(frame: ServerFrame): void {
    if (frame.timestamp > 0) this.clock.sample(frame.timestamp)
    this.emit('message', frame)
    if (isEvent(frame, 'batch_update')) {
      for (const { event, data } of frame.data.events) this.dispatch(event, data)
    } else {
      this.dispatch(frame.event, frame.data)
    }
    if (isEvent(frame, 'error')) {
      const { code, message, details } = frame.data
      this.emit('trouble', new PresenceError(code, message, details))
    }
  }

  /** Events that this version does not know have no listeners, so they pass without harm. */
  private dispatch(event: string, data: unknown): void {
    this.emit(event as keyof ServerEvents, data as never)
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
