export const DEFAULT_QUEUE_LIMIT = 100

/** What was sent while there was no connection, oldest first; a message with a known id replaces the earlier one. */
export class OfflineQueue<Frame extends { id: string }> {
  private readonly frames = new Map<string, Frame>()

  constructor(private readonly limit: number = DEFAULT_QUEUE_LIMIT) {}

  get length(): number {
    return this.frames.size
  }

  /** Returns the message that had to go to make room, if one had to. */
  push(frame: Frame): Frame | null {
    this.frames.set(frame.id, frame)
    if (this.frames.size <= this.limit) return null
    return this.take()
  }

  /** Takes the oldest one out. */
  take(): Frame | null {
    const oldest = this.frames.values().next().value ?? null
    if (oldest) this.frames.delete(oldest.id)
    return oldest
  }

  /** Puts a message before all others again. */
  putBack(frame: Frame): void {
    const others = this.drain()
    for (const one of [frame, ...others]) this.frames.set(one.id, one)
  }

  /** Takes everything out. */
  drain(): Frame[] {
    const all = [...this.frames.values()]
    this.frames.clear()
    return all
  }
}
