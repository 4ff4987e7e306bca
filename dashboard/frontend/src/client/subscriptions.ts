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
  private told = new Map<Topic, string>()
  private readonly positions = new Map<string, string>()

  /** Returns the function that lets go. */
  hold(types: readonly Topic[], options: SubscribeOptions = {}): () => void {
    const holder = { types, options }
    this.holders.add(holder)
    return () => this.holders.delete(holder)
  }

  /** Notes where a topic stands, so that it can go on from there after a reconnect. */
  reached(topic: string, position: string): void {
    this.positions.set(topic, position)
  }

  /** A new connection knows nothing. */
  forget(): void {
    this.told = new Map()
  }

  /** What must be said so that the server knows what is wanted; it counts as said. */
  changes(): SubscriptionChanges {
    const wanted = this.wanted()
    const unsubscribe = [...this.told.keys()].filter((topic) => !wanted.has(topic))
    for (const topic of unsubscribe) {
      this.told.delete(topic)
      // Whoever subscribes later starts afresh: what came meanwhile was not missed but not wanted.
      if (topic === 'all') this.positions.clear()
      else this.positions.delete(topic)
    }
    const groups = new Map<string, SubscribeRequest>()
    for (const [topic, options] of wanted) {
      const delivery = JSON.stringify([options.throttleMs, options.filter])
      if (this.told.get(topic) === delivery) continue
      this.told.set(topic, delivery)
      const key = JSON.stringify(options)
      const group = groups.get(key)
      if (group) group.types.push(topic)
      else groups.set(key, { types: [topic], ...options })
    }
    return { subscribe: [...groups.values()].map((group) => this.withPositions(group)), unsubscribe }
  }

  private withPositions(request: SubscribeRequest): SubscribeRequest {
    const { types } = request
    const known = [...this.positions].filter(
      ([topic]) => types.includes('all') || types.includes(topic as Topic),
    )
    return known.length > 0 ? { ...request, since: Object.fromEntries(known) } : request
  }

  private wanted(): Map<Topic, SubscribeOptions> {
    const wanted = new Map<Topic, SubscribeOptions>()
    for (const { types, options } of this.holders) {
      for (const topic of types) {
        const other = wanted.get(topic)
        wanted.set(topic, other ? both(other, options) : options)
      }
    }
    return wanted
  }
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
