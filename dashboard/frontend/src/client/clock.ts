/** Beyond this the local clock was set, or a frame was held up: the estimate starts afresh. */
const STEP_MS = 2_000
/** How fast the estimate forgets, ms per frame: enough for real drift, too slow to follow jitter. */
const FORGET_MS = 2

/**
 * What the server's clock shows, from the times in its frames.
 *
 * A frame takes some time to arrive, never less than none: so the largest difference seen is the nearest to the truth.
 */
export class ServerClock {
  private offset: number | null = null

  constructor(private readonly localNow: () => number) {}

  /** `timestamp`: epoch ms at which the server built a frame that has just come. */
  sample(timestamp: number): void {
    const seen = timestamp - this.localNow()
    const stepped = this.offset === null || Math.abs(seen - this.offset) > STEP_MS
    this.offset = stepped ? seen : Math.max(seen, (this.offset ?? seen) - FORGET_MS)
  }

  /** Epoch ms on the server's clock; the local clock until the first frame came. */
  now(): number {
    return this.localNow() + (this.offset ?? 0)
  }
}
