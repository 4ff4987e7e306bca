/** How long to wait before coming back. Times in ms. */
export interface BackoffOptions {
  /** Upper bound of the first wait. */
  base: number
  /** Growth of that bound from one failed attempt to the next. */
  factor: number
  /** The bound never exceeds this. */
  max: number
}

export const DEFAULT_BACKOFF: BackoffOptions = { base: 3_000, factor: 1.5, max: 30_000 }

/** Share of `retryAfterMs` by which clients that were sent away together are spread out. */
const RETRY_SPREAD = 0.25

/**
 * Exponential back-off with full jitter: uniform in [0, min(max, base x factor^failures)).
 *
 * Full jitter spreads a crowd best, see "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015).
 *
 * @param failures attempts that have failed since the last success; 0 before the first.
 * @param random uniform in [0, 1).
 * @returns ms to wait.
 */
export function backoffDelay(failures: number, options: BackoffOptions, random: () => number): number {
  const bound = Math.min(options.max, options.base * options.factor ** Math.max(0, failures))
  return Math.floor(random() * bound)
}

/** Never before what the server asked for (`retryAfterMs`), and up to a quarter later, so that a crowd spreads. */
export function announcedDelay(retryAfterMs: number, random: () => number): number {
  return Math.floor(retryAfterMs * (1 + RETRY_SPREAD * random()))
}
