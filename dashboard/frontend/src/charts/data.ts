import { HOLE_FACTOR } from '../store/backfill'
import type { Ring } from '../store/ring'
import type { Unit } from './specs'

/** The span of a live chart, ms. */
export const WINDOW_MS = 300_000

export interface ChartData {
  /** x in epoch ms, then y per series; null is a gap. */
  columns: [number[], ...(number | null)[][]]
  /** Samples within the window. */
  samples: number
  /** Longest time between two neighbouring samples in the window, ms; 0 with fewer than two. */
  largestGap: number
}

/**
 * What a chart draws of a ring from `from` on, and one sample before it, so that the line enters from the edge.
 *
 * Where samples are missing, a null stands between them, so that no line is drawn across.
 *
 * @param interval usual time between samples, ms; of a host whose samples come more seldom, its own counts.
 */
export function chartData<M extends string>(
  ring: Ring<M>,
  metrics: readonly M[],
  from: number,
  interval: number,
): ChartData {
  const times = ring.time()
  const sources = metrics.map((metric) => ring.column(metric))
  const first = ring.indexOf(from)
  const xs: number[] = []
  const ys: (number | null)[][] = metrics.map(() => [])
  const hole = Math.max(interval, ring.usualGap()) * HOLE_FACTOR
  let largestGap = 0
  for (let row = Math.max(0, first - 1); row < times.length; row += 1) {
    const time = times[row] as number
    const before = xs.at(-1)
    if (before !== undefined) {
      const gap = time - before
      if (row > first) largestGap = Math.max(largestGap, gap)
      if (gap > hole) {
        xs.push(before + gap / 2)
        for (const y of ys) y.push(null)
      }
    }
    xs.push(time)
    for (let index = 0; index < sources.length; index += 1) {
      const value = sources[index]?.[row] as number
      ys[index]?.push(Number.isNaN(value) ? null : value)
    }
  }
  return { columns: [xs, ...ys], samples: times.length - first, largestGap }
}

const DECIMAL_STEPS = [1, 2, 2.5, 5, 10]
const BINARY_STEPS = [1, 1.5, 2]
const LEAST_TOP: Record<Unit, number> = {
  percent: 100,
  count: 10,
  bytes: 16 * 1_024,
  load: 1,
  celsius: 60,
  rate: 1,
  ms: 10,
}

/** The top of an axis: a round number somewhat above `max`, and never less than what is usual for the unit. */
export function axisTop(unit: Unit, max: number | null): number {
  const wanted = Math.max(LEAST_TOP[unit], (max ?? 0) * 1.08)
  if (unit === 'percent') return 100
  const base = unit === 'bytes' ? 2 : 10
  const steps = unit === 'bytes' ? BINARY_STEPS : DECIMAL_STEPS
  const magnitude = base ** Math.floor(Math.log(wanted) / Math.log(base) + 1e-9)
  return (steps.find((step) => step * magnitude >= wanted * 0.999_999) ?? base) * magnitude
}

/** Steps between ticks: powers of two for bytes, the usual ones else. */
export function axisIncrements(unit: Unit): number[] {
  if (unit === 'bytes') return Array.from({ length: 44 }, (_, power) => 2 ** power)
  const decades = unit === 'count' ? [0, 1, 2, 3, 4, 5, 6] : [-2, -1, 0, 1, 2, 3, 4]
  return decades
    .flatMap((power) => [1, 2, 2.5, 5].map((step) => step * 10 ** power))
    .filter((step) => unit !== 'count' || step % 1 === 0)
}
