/** A typed list of listeners per event. A listener that throws never keeps the others from being told. */
export class Emitter<Events extends object> {
  private readonly listeners = new Map<keyof Events, Set<{ hear: (data: never) => void }>>()

  /** Returns the function that takes the listener away again; from then on it hears nothing, not even what is being told. */
  on<E extends keyof Events>(event: E, listener: (data: Events[E]) => void): () => void {
    let set = this.listeners.get(event)
    if (!set) {
      set = new Set()
      this.listeners.set(event, set)
    }
    // An entry of its own, so that two who bring the same function do not take each other's away.
    const entry = { hear: listener as (data: never) => void }
    set.add(entry)
    return () => {
      set.delete(entry)
    }
  }

  emit<E extends keyof Events>(event: E, data: Events[E]): void {
    const set = this.listeners.get(event)
    for (const entry of [...(set ?? [])]) {
      if (!set?.has(entry)) continue
      try {
        ;(entry.hear as (data: Events[E]) => void)(data)
      } catch (error) {
        reportLater(error)
      }
    }
  }
}

/** Throws outside the caller's stack, where the page's own error handler sees it. */
function reportLater(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}
