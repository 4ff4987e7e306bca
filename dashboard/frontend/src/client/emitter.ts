/** A typed list of listeners per event. A listener that throws never keeps the others from being told. */
export class Emitter<Events extends object> {
  private readonly listeners = new Map<keyof Events, Set<(data: never) => void>>()

  /** Returns the function that takes the listener away again. */
  on<E extends keyof Events>(event: E, listener: (data: Events[E]) => void): () => void {
    let set = this.listeners.get(event)
    if (!set) {
      set = new Set()
      this.listeners.set(event, set)
    }
    set.add(listener)
    return () => set.delete(listener)
  }

  emit<E extends keyof Events>(event: E, data: Events[E]): void {
    for (const listener of [...(this.listeners.get(event) ?? [])]) {
      try {
        ;(listener as (data: Events[E]) => void)(data)
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
