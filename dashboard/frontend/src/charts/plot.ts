import uPlot from 'uplot'
import type { Formatter } from '../i18n/format'
import type { Ring } from '../store/ring'
import { chartData, WINDOW_MS } from './data'
import { onFrame, wake } from './loop'
import { drawMarks, type Mark } from './marks'
import { palette, rootFontSize } from './palette'
import type { ChartSpec } from './specs'
import { NO_THRESHOLDS, type Thresholds } from './thresholds'
import { fitInto, type TimePlot, timePlotOptions } from './timePlot'
import { seriesRows, Tooltip } from './tooltip'
import { onVisible } from './visible'

export interface PlotOptions {
  spec: ChartSpec
  ring: Ring<string>
  /** Names of the series in the language of the page. */
  labels: readonly string[]
  format: Formatter
  /** Epoch ms on the server's clock. */
  now: () => number
  /** Usual time between samples, ms. */
  interval: number
  /** Draw only when a sample came, instead of sliding on. */
  calm: boolean
  /** Called on new samples with the latest value of each series, null where unknown. */
  onLatest: (latest: (number | null)[]) => void
  /** Called at most once a second with what is drawn. */
  onSummary: (summary: PlotSummary) => void
}

export interface PlotSummary {
  /** Samples in the window. */
  samples: number
  /** Longest time between two samples, ms. */
  largestGap: number
  /** Of the first series, null where unknown. */
  latest: number | null
  min: number | null
  max: number | null
}

export const SYNC_KEY = 'presence'
const SUMMARY_EVERY_MS = 1_000
/** Least time between two pictures that only new samples ask for, ms. */
export const FRESH_EVERY_MS = 500
/** A picture that no sample asks for slides on this often, ms: a little more than the usual second between samples. */
const SLIDE_EVERY_MS = 1_500

/** One live chart: draws from a ring, five minutes wide, the present at its right edge. */
export class Plot {
  private readonly plot: uPlot
  private readonly stop: (() => void)[]
  private seenVersion = -1
  private drawnEdge = 0
  private freshAt = 0
  private summaryAt = Number.NEGATIVE_INFINITY
  private empty = true
  private visible = true
  private marks: readonly Mark[] = []
  private thresholds = NO_THRESHOLDS

  constructor(
    root: HTMLElement,
    private readonly options: PlotOptions,
  ) {
    const made = plotOptions(root, options, {
      marks: (plot) => drawMarks(plot, this.marks, options.now()),
      thresholds: () => this.thresholds,
    })
    this.plot = new uPlot(made, [[], ...options.spec.series.map(() => [])], root)
    const seen = onVisible(root, (visible) => {
      this.visible = visible
      if (visible) wake()
    })
    this.stop = [onFrame(() => this.draw()), seen, fitInto(root, this.plot)]
  }

  destroy(): void {
    for (const end of this.stop) end()
    this.plot.destroy()
  }

  /** Shows these alerts on the time axis from now on. */
  setMarks(marks: readonly Mark[]): void {
    this.marks = marks
    this.seenVersion = -1
    wake()
  }

  /** Draws these thresholds from now on. They change while the chart stands: making it anew costs a hundred times as much. */
  setThresholds(thresholds: Thresholds): void {
    this.thresholds = thresholds
    this.seenVersion = -1
    wake()
  }

  /** Moves the crosshair of all charts by `steps` samples; from outside it starts at the newest. */
  moveCursor(steps: number): void {
    stepCursor(this.plot, steps)
  }

  hideCursor(): void {
    placeCursor(this.plot, -10, -10)
  }

  /** Redraws when there is a new sample, or when none came and time has moved the picture; off the screen never. */
  private draw(): boolean {
    if (!this.visible) return false
    const { ring, spec, interval, calm, now } = this.options
    const edge = now()
    const perPixel = WINDOW_MS / Math.max(1, this.plot.bbox.width)
    const moved =
      Math.abs(edge - this.drawnEdge) >= Math.max(perPixel, calm ? 2 * SLIDE_EVERY_MS : SLIDE_EVERY_MS)
    const fresh = ring.version !== this.seenVersion
    // A sample is drawn at once; those that come faster than people see are drawn together.
    const due = fresh && (this.seenVersion < 0 || Math.abs(edge - this.freshAt) >= FRESH_EVERY_MS)
    if (!moved && !due) return false
    if (due) this.freshAt = edge
    this.seenVersion = ring.version
    this.drawnEdge = edge
    const metrics = spec.series.map((series) => series.metric)
    const { columns, samples, largestGap } = chartData(ring, metrics, edge - WINDOW_MS, interval)
    this.plot.batch(() => {
      this.plot.setData(columns, false)
      this.plot.setScale('x', { min: edge - WINDOW_MS, max: edge })
    })
    const series = columns.slice(1) as (number | null)[][]
    if (fresh) this.options.onLatest(series.map((values) => values.at(-1) ?? null))
    const empty = samples === 0
    if (empty !== this.empty || edge - this.summaryAt >= SUMMARY_EVERY_MS || edge < this.summaryAt) {
      this.empty = empty // told at once: "no data" must not stand over data
      this.summaryAt = edge
      this.options.onSummary({ samples, largestGap, ...extremes(series[0] ?? []) })
    }
    return true
  }
}

/** Moves the crosshair of `plot`, and with it that of all charts, to the sample `steps` away. */
export function stepCursor(plot: uPlot, steps: number): void {
  const xs = plot.data[0]
  if (xs.length === 0) return
  const current = plot.cursor.idx ?? xs.length - (steps < 0 ? 0 : 1)
  const index = Math.min(xs.length - 1, Math.max(0, current + steps))
  placeCursor(plot, plot.valToPos(xs[index] as number, 'x'), plot.over.clientHeight / 2)
}

export function placeCursor(plot: uPlot, left: number, top: number): void {
  // The third argument, which the published types leave out, tells the other charts.
  const move = plot.setCursor as (at: { left: number; top: number }, fire: boolean, tell: boolean) => void
  move.call(plot, { left, top }, true, true)
}

function extremes(values: readonly (number | null)[]): Pick<PlotSummary, 'latest' | 'min' | 'max'> {
  let min: number | null = null
  let max: number | null = null
  for (const value of values) {
    if (value === null) continue
    if (min === null || value < min) min = value
    if (max === null || value > max) max = value
  }
  return { latest: values.at(-1) ?? null, min, max }
}

function plotOptions(
  root: HTMLElement,
  { spec, format, labels }: PlotOptions,
  beside: Pick<TimePlot, 'marks' | 'thresholds'>,
): uPlot.Options {
  const rem = rootFontSize()
  const tooltip = new Tooltip(seriesRows(spec, labels, format), (at) => format.time(at))
  return {
    ...timePlotOptions(root, { spec, format, tooltip, ...beside }),
    series: [
      {},
      ...spec.series.map(
        ({ metric }, index): uPlot.Series => ({
          label: metric,
          stroke: () => palette().series[index] ?? '',
          width: Math.max(1.5, rem * 0.1),
          ...(index === 0 ? { fill: () => `${palette().series[0]}1f` } : {}),
          points: { show: false },
        }),
      ),
    ],
    cursor: {
      y: false,
      drag: { x: false, y: false },
      points: { size: rem * 0.5, width: 2, fill: () => palette().surface },
      sync: { key: SYNC_KEY, scales: ['x', null], setSeries: false },
    },
  }
}
