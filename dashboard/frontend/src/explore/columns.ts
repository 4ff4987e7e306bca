import type { History } from '../client/api'

/** Null is a gap; undefined says that this series has nothing at a time at which another has. */
type Value = number | null | undefined

export interface HistoryColumns {
  /** x in epoch ms; then the average of each series, that of the period before where asked, then min and max of each. */
  data: [number[], ...Value[][]]
  /** How many buckets hold something. */
  buckets: number
}

/** A neighbour further away than this many buckets is across a gap; single readings come less regularly. */
const GAP = 1.5
const READING_GAP = 3.5
const READING_MS = 1_000

/**
 * What a chart draws of a history. Where buckets are missing a null stands between, so that no line is drawn across.
 *
 * @param before the same stretch `shift` ms earlier, drawn over this one.
 */
export function historyColumns(
  history: History,
  metrics: readonly string[],
  before: { history: History; shift: number } | null,
): HistoryColumns {
  const current = rowsByTime(history, 0)
  const earlier = before ? rowsByTime(before.history, before.shift) : new Map<number, number | null>()
  const xs = [...new Set([...current.keys(), ...earlier.keys()])].sort((a, b) => a - b)
  const column = (
    source: History,
    rows: Map<number, number | null>,
    name: string,
    part: 'avg' | 'min' | 'max',
  ) => {
    const values = source.series[name]?.[part]
    return xs.map((time): Value => {
      const row = rows.get(time)
      return typeof row === 'number' ? (values?.[row] ?? null) : row
    })
  }
  const averages = metrics.map((name) => column(history, current, name, 'avg'))
  const past = before ? metrics.map((name) => column(before.history, earlier, name, 'avg')) : []
  const edges = metrics.flatMap((name) => [
    column(history, current, name, 'min'),
    column(history, current, name, 'max'),
  ])
  return { data: [xs, ...averages, ...past, ...edges], buckets: history.timestamps.length }
}

/** The row at each time, and null at a time within each gap. */
function rowsByTime(history: History, shift: number): Map<number, number | null> {
  const { timestamps, stepMs } = history
  const widest = stepMs * (stepMs <= READING_MS ? READING_GAP : GAP)
  const rows = new Map<number, number | null>()
  timestamps.forEach((time, row) => {
    const last = timestamps[row - 1]
    if (last !== undefined && time - last > widest) rows.set(last + stepMs + shift, null)
    rows.set(time + shift, row)
  })
  return rows
}
