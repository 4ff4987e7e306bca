import type { Topic } from './messages'
import type { Filter } from './protocol'

/** How a topic is delivered. */
export interface SubscribeOptions {
  /** Least time between two frames of the topic, ms, 0-60,000. */
  throttleMs?: number
  /** Which events are wanted. */
  filter?: Filter
  /** How many past entries come first, 0-100; the server's default is 50. */
  history?: number
}

export interface SubscribeRequest extends SubscribeOptions {
  types: Topic[]
  /** Positions to go on from, by topic. */
  since?: Record<string, string>
}

export interface SubscriptionChanges {
  subscribe: SubscribeRequest[]
  unsubscribe: Topic[]
}

interface Holder {
  types: readonly Topic[]
  options: SubscribeOptions
}

/**
 * Who wants what, and what the server was told.
 *
 * Several holders may want one topic: it stays subscribed until the last has let go. Where their options differ, the
 * topic is delivered in the way that satisfies all of them: the least throttle, the longest history, and a filter only
 * where all agree on it.
 */
export class Subscriptions {
  private readonly holders = new Set<Holder>()
  /** How each topic is delivered, as the server was told. */
  private told = new Map<Topic, string>()
  /** Topics that are asked for in a message of their own. */
  private readonly apart = new Set<Topic>()
  private readonly positions = new Map<string, string>()

  /** Returns the function that lets go. */
  hold(types: readonly Topic[], options: SubscribeOptions = {}): () => void {
    const holder = { types, options }
    this.holders.add(holder)
    return () => this.holders.delete(holder)
  }

  /** Notes where a topic stands, so that it can go on from there after a reconnect; a late frame of one let go is not news. */
  reached(topic: string, position: string): void {
    if (this.told.has(topic as Topic) || this.told.has('all')) this.positions.set(topic, position)
  }

  /** A new connection knows nothing. */
  forget(): void {
    this.told = new Map()
  }

  /** The server did not take these: they are told again, and from then on each `apart` where the company was at fault. */
  untold(topics: readonly Topic[], apart = false): void {
    for (const topic of topics) {
      this.told.delete(topic)
      if (apart) this.apart.add(topic)
    }
  }

  /** What must be said so that the server knows what is wanted; it counts as said. */
  changes(): SubscriptionChanges {
    const wanted = this.wanted()
    this.prune(wanted)
    const deliveries = new Map([...wanted].map(([topic, options]) => [topic, deliveryOf(options)]))
    const gone = [...this.told.keys()].filter((topic) => !wanted.has(topic))
    // `all` overrides what single topics were told: where it comes, changes or goes, everything is told again.
    const anew = this.told.get('all') !== deliveries.get('all') || (deliveries.has('all') && gone.length > 0)
    const unsubscribe = anew ? gone.filter((topic) => topic === 'all') : gone
    const known = anew ? new Map<Topic, string>() : this.told
    this.told = deliveries
    const groups = new Map<string, SubscribeRequest>()
    for (const [topic, options] of wanted) {
      if (known.get(topic) === deliveries.get(topic)) continue
      const key = JSON.stringify([options, topic === 'all' || this.apart.has(topic) ? topic : ''])
      const group = groups.get(key)
      if (group) group.types.push(topic)
      else groups.set(key, { types: [topic], ...options })
    }
    return { subscribe: [...groups.values()].map((group) => this.withPositions(group)), unsubscribe }
  }

  /** Whoever subscribes later starts afresh: what came meanwhile was not missed but not wanted. */
  private prune(wanted: ReadonlyMap<Topic, unknown>): void {
    for (const topic of this.apart) if (!wanted.has(topic)) this.apart.delete(topic)
    if (wanted.has('all')) return
    for (const topic of this.positions.keys()) if (!wanted.has(topic as Topic)) this.positions.delete(topic)
  }

  private withPositions(request: SubscribeRequest): SubscribeRequest {
    const { types } = request
    const known = [...this.positions].filter(
      ([topic]) => types.includes('all') || types.includes(topic as Topic),
    )
    return known.length > 0 ? { ...request, since: Object.fromEntries(known) } : request
  }

  /** What each topic has to satisfy; `all` comes first, and beside it only topics that it does not satisfy. */
  private wanted(): Map<Topic, SubscribeOptions> {
    const wanted = new Map<Topic, SubscribeOptions>()
    for (const { types, options } of this.holders) {
      for (const topic of types) {
        const other = wanted.get(topic)
        wanted.set(topic, other ? both(other, options) : options)
      }
    }
    const all = wanted.get('all')
    if (!all) return wanted
    const whole = new Map<Topic, SubscribeOptions>([['all', all]])
    for (const [topic, options] of wanted) {
      const more = both(options, all)
      if (topic !== 'all' && deliveryOf(more) !== deliveryOf(all)) whole.set(topic, more)
    }
    return whole
  }
}

function deliveryOf({ throttleMs, filter }: SubscribeOptions): string {
  return JSON.stringify([throttleMs, filter])
}

function both(a: SubscribeOptions, b: SubscribeOptions): SubscribeOptions {
  const merged: SubscribeOptions = {}
  if (a.throttleMs !== undefined && b.throttleMs !== undefined) {
    merged.throttleMs = Math.min(a.throttleMs, b.throttleMs)
  }
  if (a.filter && JSON.stringify(a.filter) === JSON.stringify(b.filter)) merged.filter = a.filter
  const histories = [a.history, b.history].filter((count) => count !== undefined)
  if (histories.length > 0) merged.history = Math.max(...histories)
  return merged
}
