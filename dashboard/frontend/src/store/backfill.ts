import type { Api, History } from '../client/api'
import type { Ring } from './ring'

/** A stretch of time without samples, epoch ms. */
export interface Hole {
  from: number
  to: number
}

export interface BackfillOptions {
  ring: Ring
  host: string
  api: Pick<Api, 'history'>
  /** Start of what is to be shown, epoch ms. */
  from: number
  /** Usual time between samples, ms. */
  interval: number
  signal: AbortSignal
}

/** A missing sample or two is jitter; more is a hole. */
export const HOLE_FACTOR = 3

/**
 * The span from the first to the last hole in `times` after `from`: one question to the server covers them all.
 *
 * @param times ascending, epoch ms.
 * @returns null where no hole is wider than three intervals.
 */
export function missingSpan(times: ArrayLike<number>, from: number, interval: number): Hole | null {
  const least = interval * HOLE_FACTOR
  let start: number | null = null
  let end = from
  let previous = from
  for (let index = 0; index < times.length; index += 1) {
    const time = times[index] as number
    if (time < from) continue
    if (time - previous > least) {
      if (start === null) start = previous
      end = time
    }
    previous = time
  }
  return start === null ? null : { from: start, to: end }
}

/**
 * Fetches what the ring misses. With an empty ring that is everything since `from`.
 *
 * @returns what the server answered, null where nothing was missing. Rejects as `Api.history` does.
 */
export async function backfill(options: BackfillOptions): Promise<History | null> {
  const { ring, host, api, from, interval, signal } = options
  const last = ring.last()
  const hole = last === null ? { from, to: from + 600_000 } : missingSpan(ring.time(), from, interval)
  if (!hole) return null
  const points = Math.min(5_000, Math.ceil((hole.to - hole.from) / interval) + 1)
  const history = await api.history(
    { host, from: Math.floor(hole.from), to: Math.ceil(hole.to), points },
    signal,
  )
  if (!signal.aborted) ring.fill(history)
  return history
}
