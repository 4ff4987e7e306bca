import { DEFAULT_BACKOFF } from './backoff'
import { offeredProtocols, type SocketOptions } from './client'
import { Connection, type ConnectionSnapshot, type LifecycleEvents } from './connection'
import { type EndpointMessage, endpointDialect } from './dialect'
import { Emitter } from './emitter'
import { PresenceError } from './errors'
import type { ConnectedData } from './protocol'
import { DEFAULT_QUEUE_LIMIT, OfflineQueue } from './queue'
import { type RequestOptions, Requests } from './requests'
import { browserRuntime, newId, type Runtime } from './runtime'
import type { SocketFigures } from './socketMetrics'

export type EndpointClientOptions = SocketOptions

/** A message on its way out. */
export interface OutgoingMessage {
  id: string
  type: string
  payload: object
  timestamp: number
}

interface OwnEvents extends LifecycleEvents {
  /** Connected, with what the greeting said where there was one. */
  connected: Partial<ConnectedData>
  /** Every message as it came, before the event of its type. */
  message: EndpointMessage
}

/** The payload of each message by its type, and beside them the connection's own events, which win over them. */
export type EndpointEvents<Events extends object> = Omit<Events, keyof OwnEvents> & OwnEvents

export interface SendOptions {
  /** Its id; a message with the id of a waiting one replaces that. */
  id?: string
  /** Keep it while there is no connection, true by default. */
  keep?: boolean
}

/**
 * A live connection to an endpoint that speaks `{type, payload}` both ways; `Events` are its messages by type.
 *
 * It comes back by itself; what the endpoint has to be told then (attach to an execution, what was edited offline) is
 * up to whoever listens for `connected`.
 */
export class EndpointClient<Events extends object = Record<string, unknown>> extends Emitter<
  EndpointEvents<Events>
> {
  readonly runtime: Runtime
  private readonly connection: Connection<EndpointMessage>
  private readonly queue: OfflineQueue<OutgoingMessage>
  private readonly requests: Requests<EndpointMessage>
  private wasConnected = false

  constructor(readonly options: EndpointClientOptions) {
    super()
    this.runtime = options.runtime ?? browserRuntime
    this.queue = new OfflineQueue(options.queueLimit ?? DEFAULT_QUEUE_LIMIT)
    this.requests = new Requests(this.runtime)
    this.connection = new Connection(
      {
        url: options.url,
        protocols: offeredProtocols(options.protocols ?? [], options.token),
        dialect: endpointDialect,
        backoff: { ...DEFAULT_BACKOFF, ...options.backoff },
        maxAttempts: options.maxReconnectAttempts ?? 0,
        handshakeTimeout: options.handshakeTimeout ?? 10_000,
        wakeTimeout: options.wakeTimeout ?? 5_000,
        runtime: this.runtime,
      },
      () => this.connection.send(this.message('ping', {})),
    )
    this.connection.on('state', (snapshot) => this.stateChanged(snapshot))
    this.connection.on('frame', (message) => this.received(message))
    this.connection.on('error', (error) => this.tell('error', error))
    this.connection.on('disconnected', (data) => this.tell('disconnected', data))
    this.connection.on('reconnecting', (data) => this.tell('reconnecting', data))
    this.connection.on('reconnect_failed', (data) => this.tell('reconnect_failed', data))
  }

  get snapshot(): ConnectionSnapshot {
    return this.connection.snapshot
  }

  get figures(): Readonly<SocketFigures> {
    return this.connection.metrics.figures
  }

  /** Starts; while waiting for the next attempt, tries at once. */
  connect(): void {
    this.connection.connect()
  }

  disconnect(): void {
    this.connection.disconnect()
  }

  /** Sends a message, or keeps it for the next connection. Returns whether it went out at once. */
  send(type: string, payload: object = {}, { id, keep = true }: SendOptions = {}): boolean {
    const message = this.message(type, payload, id)
    if (this.connection.send(message)) return true
    const dropped = keep ? this.queue.push(message) : null
    if (dropped) {
      const details = { id: dropped.id, type: dropped.type }
      this.tell('error', new PresenceError('QUEUE_OVERFLOW', 'a waiting message was dropped', details))
    }
    return false
  }

  /**
   * Sends a message and waits for the first that carries its id.
   *
   * Rejects with a `PresenceError`: the endpoint's own, `DISCONNECTED` without a connection, or `TIMEOUT`.
   */
  request(type: string, payload: object = {}, options: RequestOptions = {}): Promise<EndpointMessage> {
    const message = this.message(type, payload)
    const answer = this.requests.wait(message.id, options)
    if (!this.connection.send(message)) {
      this.requests.reject(
        message.id,
        new PresenceError('DISCONNECTED', 'there is no connection to ask over'),
      )
    }
    return answer
  }

  /** Forgets what waits for a connection; returns it, oldest first. */
  takeUnsent(): OutgoingMessage[] {
    return this.queue.drain()
  }

  private message(type: string, payload: object, id: string = newId()): OutgoingMessage {
    return { id, type, payload, timestamp: this.runtime.now() }
  }

  private stateChanged(snapshot: ConnectionSnapshot): void {
    const before = this.wasConnected
    this.wasConnected = snapshot.state === 'connected'
    this.tell('state', snapshot)
    if (before && !this.wasConnected) this.requests.disconnected()
    if (before || !this.wasConnected) return
    this.tell('connected', snapshot.info ?? {})
    for (const message of this.queue.drain()) {
      if (!this.connection.send(message)) this.queue.push(message)
    }
  }

  private received(message: EndpointMessage): void {
    const { type, payload, id } = message
    this.tell('message', message)
    if (type === 'error') {
      const error = errorOf(payload)
      this.requests.reject(id, error)
      this.tell('error', error)
    } else {
      this.requests.resolve(id, message)
      if (type !== 'connected' && type !== 'disconnected') this.emit(type as never, payload as never)
    }
  }

  private tell<E extends keyof OwnEvents>(event: E, data: OwnEvents[E]): void {
    this.emit(event as never, data as never)
  }
}

function errorOf(payload: unknown): PresenceError {
  const { code, message, details } = payload as {
    code?: string
    message?: string
    details?: Record<string, unknown>
  }
  return new PresenceError(code ?? 'INTERNAL_ERROR', message ?? '', details)
}
