import { ServerClock } from './clock'
import type { LifecycleEvents } from './connection'
import { topicDialect } from './dialect'
import { PresenceError } from './errors'
import { LiveClient, type SocketOptions } from './live'
import {
  type ClientFrame,
  type FrameMetadata,
  isEvent,
  type ServerEvents,
  type ServerFrame,
  type Topic,
  topicOf,
} from './messages'
import type { HealthAlert, StatsUpdate, SystemStatus } from './protocol'
import type { RequestOptions } from './requests'
import { newId } from './runtime'
import { type SubscribeOptions, Subscriptions } from './subscriptions'

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

/** What the past of each topic consists of. */
export interface HistoryEntries {
  status: SystemStatus
  stats: StatsUpdate
  health: HealthAlert
}

/** Server events by name, batches already unfolded, and beside them the connection's own. */
export interface PresenceEvents extends Omit<ServerEvents, keyof LifecycleEvents>, LifecycleEvents {
  /** Every frame as it came, before its events. */
  message: ServerFrame
  /** Something is missing: read it again, over HTTP for instance. */
  gap: Gap
}

/** ms after which a subscription is asked for again that the server had no time for. */
const ASK_AGAIN_MS = 1_000
/** Refusals that say nothing about what was asked. */
const PASSING: ReadonlySet<string> = new Set(['RATE_LIMITED', 'INTERNAL_ERROR'])

/**
 * A live connection to Presence: comes back by itself, subscribes again from where it was, and hands out typed events.
 *
 * It renders nothing and stores nothing; put a store behind its events.
 */
export class PresenceClient extends LiveClient<PresenceEvents, ServerFrame, ClientFrame> {
  /** What the server's clock shows. */
  readonly clock = new ServerClock(() => this.runtime.now())
  private readonly subscriptions = new Subscriptions()
  /** Subscriptions that the server has not confirmed, by the id of the message. */
  private readonly asked = new Map<string, readonly Topic[]>()
  /** Pings without an answer, oldest first: version 1.0 does not say which one a pong answers, but keeps the order. */
  private pings: string[] = []
  private syncPlanned = false
  private askAgain: unknown = null

  constructor(options: PresenceClientOptions) {
    super(options, options.protocols ?? ['presence.v1.1'], topicDialect)
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
  getHistory(topic: keyof HistoryEntries, limit: number, before?: number): void {
    this.send(this.frame('get_history', 'system', historyPayload(topic, limit, before)))
  }

  /** The same, for the one who asks: oldest first. Rejects as `request` does. */
  async history<T extends keyof HistoryEntries>(
    topic: T,
    limit: number,
    before?: number,
    options: RequestOptions = {},
  ): Promise<HistoryEntries[T][]> {
    const answer = await this.request('get_history', historyPayload(topic, limit, before), options)
    return isEvent(answer, 'history_data') ? (answer.data.data as HistoryEntries[T][]) : []
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
    return this.ask(this.frame(action, action.endsWith('subscribe') ? 'config' : 'system', payload), options)
  }

  /** Time there and back in ms. Rejects as `request` does. */
  async ping(options: RequestOptions = {}): Promise<number> {
    const started = this.runtime.now()
    const frame = this.frame('ping', 'system')
    const answer = this.ask(frame, options)
    if (this.snapshot.state === 'connected') this.pings.push(frame.id)
    await answer
    return this.runtime.now() - started
  }

  /** Sends a message, or keeps it until there is a connection. */
  send(frame: ClientFrame): void {
    this.sendOrKeep(frame)
  }

  /** Hands out an event as if the server had sent it: for data that came another way, over HTTP for instance. */
  inject<E extends keyof ServerEvents & keyof PresenceEvents>(event: E, data: PresenceEvents[E]): void {
    this.emit(event, data)
  }

  protected override beat(): void {
    const frame = this.frame('ping', 'system')
    this.pings.push(frame.id)
    this.sendNow(frame)
  }

  protected override established(): void {
    this.pings = []
    this.asked.clear()
    this.subscriptions.forget()
    this.sync()
  }

  protected override lost(): void {
    super.lost()
    this.runtime.clearTimer(this.askAgain)
  }

  protected override received(frame: ServerFrame): void {
    if (frame.timestamp > 0) this.clock.sample(frame.timestamp)
    this.tell('message', frame)
    if (isEvent(frame, 'error')) this.failed(frame)
    else if (isEvent(frame, 'batch_update')) {
      for (const { event, data } of frame.data.events) this.dispatch(event, data)
    } else this.dispatch(frame.event, frame.data)
    this.answered(frame)
    this.noted(topicOf(frame), frame.metadata)
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

  private failed(frame: ServerFrame<'error'>): void {
    const { code, message, details } = frame.data
    const error = new PresenceError(code, message, details)
    const replyTo = frame.metadata?.replyTo
    this.requests.reject(replyTo, error)
    this.tell('error', error)
    if (code === 'QUEUE_OVERFLOW') {
      this.emit('gap', { cause: 'overflow', topic: null, missed: Number(error.details.missed ?? 0) || null })
    }
    const topics = replyTo === undefined ? undefined : this.asked.get(replyTo)
    if (replyTo === undefined || !topics) return
    this.asked.delete(replyTo)
    this.refused(topics, PASSING.has(code))
  }

  /** Nothing of a refused message counts. It may hold the wishes of several, of which only one may not be fulfilled. */
  private refused(topics: readonly Topic[], passing: boolean): void {
    if (passing) {
      this.subscriptions.untold(topics)
      this.runtime.clearTimer(this.askAgain)
      this.askAgain = this.runtime.setTimer(() => this.sync(), ASK_AGAIN_MS)
    } else if (topics.length > 1) {
      this.subscriptions.untold(topics, true)
      this.sync()
    }
  }

  private answered(frame: ServerFrame): void {
    let replyTo = frame.metadata?.replyTo
    if (frame.event === 'pong') replyTo = this.ponged(replyTo)
    else if (frame.event === 'subscribed' && replyTo !== undefined) this.asked.delete(replyTo)
    else if (frame.event === 'subscribed') this.asked.clear()
    this.requests.resolve(replyTo, frame)
  }

  /** Returns the id of the ping that a pong answers. */
  private ponged(replyTo = this.pings[0]): string | undefined {
    if (replyTo !== undefined) this.pings.splice(0, this.pings.indexOf(replyTo) + 1)
    return replyTo
  }

  private noted(topic: string | null, metadata: FrameMetadata | undefined): void {
    if (!topic || !metadata) return
    if (metadata.position !== undefined) this.subscriptions.reached(topic, metadata.position)
    if (metadata.recovered === false) this.emit('gap', { cause: 'not_recovered', topic, missed: null })
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
    if (unsubscribe.length > 0) this.sendNow(this.frame('unsubscribe', 'config', { types: unsubscribe }))
    for (const request of subscribe) {
      const frame = this.frame('subscribe', 'config', request)
      if (this.sendNow(frame)) this.asked.set(frame.id, request.types)
    }
  }
}

function historyPayload(type: Topic, limit: number, before: number | undefined): object {
  return before === undefined ? { type, limit } : { type, limit, before }
}
