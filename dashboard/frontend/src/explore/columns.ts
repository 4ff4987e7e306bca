import type { History } from '../client/api'

export interface HistoryColumns {
  /** x in epoch ms; then the average of each series, that of the period before where asked, then min and max of each. */
  data: [number[], ...(number | null)[][]]
  /** How many buckets hold something. */
  buckets: number
}

/** A neighbour further away than this many buckets is across a gap. */
const GAP = 1.5

/**
 * What a chart draws of a history. Where buckets are missing a null stands between, so that no line is drawn across.
 *
 * @param before the same stretch `shift` ms earlier; `shift` is a multiple of the bucket width, so that buckets meet.
 */
export function historyColumns(
  history: History,
  metrics: readonly string[],
  before: { history: History; shift: number } | null,
): HistoryColumns {
  const current = rowsByTime(history, 0)
  const earlier = before ? rowsByTime(before.history, before.shift) : null
  const times = [...new Set([...current.keys(), ...(earlier?.keys() ?? [])])].sort((a, b) => a - b)
  const xs: number[] = []
  const ys: (number | null)[][] = Array.from({ length: metrics.length * (earlier ? 4 : 3) }, () => [])
  const push = (time: number, row: number | undefined, past: number | undefined) => {
    xs.push(time)
    let column = 0
    const add = (value: number | null | undefined) => ys[column++]?.push(value ?? null)
    for (const name of metrics) add(row === undefined ? null : history.series[name]?.avg[row])
    if (earlier)
      for (const name of metrics) add(past === undefined ? null : before?.history.series[name]?.avg[past])
    for (const name of metrics) {
      add(row === undefined ? null : history.series[name]?.min[row])
      add(row === undefined ? null : history.series[name]?.max[row])
    }
  }
  for (const time of times) {
    const last = xs.at(-1)
    if (last !== undefined && time - last > history.stepMs * GAP)
      push(last + history.stepMs, undefined, undefined)
    push(time, current.get(time), earlier?.get(time))
  }
  return { data: [xs, ...ys], buckets: current.size }
}

function rowsByTime(history: History, shift: number): Map<number, number> {
  return new Map(history.timestamps.map((time, row) => [time + shift, row]))
}
