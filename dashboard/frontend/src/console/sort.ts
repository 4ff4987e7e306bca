import { Bytes, type Cell, Decimal } from '../client/query/cells'

export type Direction = 'ascending' | 'descending'

const RUN = 2_048
const STRIDE = 4_096

/** Numbers, then texts, then bytes, as SQLite orders them; NULL is handled by whoever sorts. */
export function compareCells(a: Cell, b: Cell): number {
  const rank = rankOf(a) - rankOf(b)
  if (rank !== 0) return rank
  if (a instanceof Bytes && b instanceof Bytes) return compare(a.hex(), b.hex())
  return compare(comparable(a), comparable(b))
}

function compare<T>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function comparable(cell: Cell): number | bigint | string | boolean {
  return cell instanceof Decimal ? Number(cell.text) : (cell as number | bigint | string | boolean)
}

function rankOf(cell: Cell): number {
  if (cell instanceof Bytes) return 2
  return typeof cell === 'string' ? 1 : 0
}

/** Compares two rows by one column; NULL and NaN come last in both directions. */
export function rowComparison(
  rows: readonly (readonly Cell[])[],
  column: number,
  direction: Direction,
): (a: number, b: number) => number {
  const sign = direction === 'ascending' ? 1 : -1
  return (a, b) => {
    const x = rows[a]?.[column] ?? null
    const y = rows[b]?.[column] ?? null
    const missing = Number(isMissing(x)) - Number(isMissing(y))
    if (missing !== 0 || isMissing(x)) return missing
    return sign * compareCells(x, y)
  }
}

function isMissing(cell: Cell): boolean {
  return cell === null || Number.isNaN(cell)
}

/**
 * A stable merge sort in small steps, so that 100,000 rows never hold up a frame: run `next` until it is done.
 *
 * @returns the sorted order, once done.
 */
export function* sortSteps(
  length: number,
  compare: (a: number, b: number) => number,
): Generator<void, Uint32Array> {
  let from = Uint32Array.from({ length }, (_, index) => index)
  for (let start = 0; start < length; start += RUN) {
    from.subarray(start, start + RUN).sort(compare)
    yield
  }
  let into = new Uint32Array(length)
  for (let width = RUN; width < length; width *= 2) {
    for (let start = 0; start < length; start += 2 * width) {
      yield* merge(
        from,
        into,
        start,
        Math.min(start + width, length),
        Math.min(start + 2 * width, length),
        compare,
      )
    }
    ;[from, into] = [into, from]
  }
  return from
}

function* merge(
  from: Uint32Array,
  into: Uint32Array,
  start: number,
  middle: number,
  end: number,
  compare: (a: number, b: number) => number,
): Generator<void, void> {
  let left = start
  let right = middle
  for (let at = start; at < end; at += 1) {
    const fromLeft =
      right >= end || (left < middle && compare(from[left] as number, from[right] as number) <= 0)
    into[at] = from[fromLeft ? left++ : right++] as number
    if ((at - start) % STRIDE === STRIDE - 1) yield
  }
}

export interface Slices {
  /** ms, monotonic. */
  now(): number
  /** Lets the page breathe. */
  pause(): Promise<void>
  signal: AbortSignal
}

const SLICE_MS = 8

/** Sorts `length` rows, at most 8 ms at a time. Resolves to null when it was called off. */
export async function sortInSlices(
  length: number,
  compare: (a: number, b: number) => number,
  { now, pause, signal }: Slices,
): Promise<Uint32Array | null> {
  const steps = sortSteps(length, compare)
  let until = now() + SLICE_MS
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
    if (now() < until) continue
    await pause()
    if (signal.aborted) return null
    until = now() + SLICE_MS
  }
}
