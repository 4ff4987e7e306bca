import uPlot from 'uplot'
import type { Formatter } from '../i18n/format'
import type { Ring } from '../store/ring'
import { axisIncrements, axisTop, chartData, WINDOW_MS } from './data'
import { onFrame } from './loop'
import { palette, rootFontSize } from './palette'
import { type ChartSpec, formatTick, type Unit } from './specs'
import { drawThresholds } from './thresholdLines'
import type { Thresholds } from './thresholds'
import { Tooltip } from './tooltip'

export interface PlotOptions {
  spec: ChartSpec
  ring: Ring
  /** Names of the series in the language of the page. */
  labels: readonly string[]
  format: Formatter
  /** Epoch ms on the server's clock. */
  now: () => number
  /** Usual time between samples, ms. */
  interval: number
  thresholds: Thresholds
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

const SYNC_KEY = 'presence'
const SUMMARY_EVERY_MS = 1_000
const AXIS_WIDTH_REM: Record<Unit, number> = { percent: 2.9, count: 3.1, bytes: 4.9, load: 2.6, celsius: 2.6 }

/** One live chart: draws from a ring, five minutes wide, the present at its right edge. */
export class Plot {
  private readonly plot: uPlot
  private readonly stopLoop: () => void
  private readonly resize: ResizeObserver
  private seenVersion = -1
  private drawnEdge = 0
  private summaryAt = Number.NEGATIVE_INFINITY
  private empty = true

  constructor(
    private readonly root: HTMLElement,
    private readonly options: PlotOptions,
  ) {
    this.plot = new uPlot(plotOptions(root, options), [[], ...options.spec.series.map(() => [])], root)
    this.resize = new ResizeObserver(() => this.fit())
    this.resize.observe(root)
    this.stopLoop = onFrame(() => this.draw())
  }

  destroy(): void {
    this.stopLoop()
    this.resize.disconnect()
    this.plot.destroy()
  }

  /** Moves the crosshair of all charts by `steps` samples; from outside it starts at the newest. */
  moveCursor(steps: number): void {
    const xs = this.plot.data[0]
    if (xs.length === 0) return
    const current = this.plot.cursor.idx ?? xs.length - (steps < 0 ? 0 : 1)
    const index = Math.min(xs.length - 1, Math.max(0, current + steps))
    this.setCursor(this.plot.valToPos(xs[index] as number, 'x'), this.plot.over.clientHeight / 2)
  }

  hideCursor(): void {
    this.setCursor(-10, -10)
  }

  private setCursor(left: number, top: number): void {
    // The third argument, which the published types leave out, tells the other charts.
    const move = this.plot.setCursor as (
      at: { left: number; top: number },
      fire: boolean,
      tell: boolean,
    ) => void
    move.call(this.plot, { left, top }, true, true)
  }

  private fit(): void {
    const { clientWidth: width, clientHeight: height } = this.root
    if (width > 0 && height > 0) this.plot.setSize({ width, height })
  }

  /** Redraws when there is a new sample, or when time has moved the picture by a device pixel. */
  private draw(): boolean {
    const { ring, spec, interval, calm, now } = this.options
    const edge = now()
    const perPixel = WINDOW_MS / Math.max(1, this.plot.bbox.width)
    const moved = Math.abs(edge - this.drawnEdge) >= (calm ? SUMMARY_EVERY_MS : perPixel)
    const fresh = ring.version !== this.seenVersion
    if (!fresh && !moved) return false
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

function plotOptions(root: HTMLElement, options: PlotOptions): uPlot.Options {
  const { spec, format, thresholds, labels } = options
  const rem = rootFontSize()
  const font = `${Math.round(rem * 0.72)}px ${palette().font}`
  const line = Math.max(1.5, rem * 0.1)
  const grid: uPlot.Axis.Grid = { stroke: () => palette().grid, width: 1 }
  const axis = {
    stroke: () => palette().axis,
    font,
    grid,
    ticks: { show: false },
    gap: Math.round(rem * 0.35),
  }
  const minute = new Intl.DateTimeFormat(format.locale, {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  const tooltip = new Tooltip(spec, labels, format)
  return {
    width: Math.max(1, root.clientWidth),
    height: Math.max(1, root.clientHeight),
    ms: 1,
    padding: [Math.round(rem * 0.5), Math.round(rem * 0.75), 0, 0],
    legend: { show: false },
    scales: {
      x: { time: true, auto: false },
      y: { range: (_plot, _min, max) => [0, axisTop(spec.unit, max)] },
    },
    axes: [
      {
        ...axis,
        size: Math.round(rem * 1.5),
        space: rem * 4,
        incrs: [60_000, 120_000, 300_000],
        values: (_plot, splits) => splits.map((at) => minute.format(at)),
      },
      {
        ...axis,
        size: Math.round(rem * AXIS_WIDTH_REM[spec.unit]),
        space: (_plot, _axis, _min, _max, height) => Math.max(rem * 2.1, height / 6),
        incrs: spec.unit === 'percent' ? [10, 20, 25, 50, 100] : axisIncrements(spec.unit),
        values: (_plot, splits) => splits.map((value) => formatTick(format, spec.unit, value)),
      },
    ],
    series: [
      {},
      ...spec.series.map(
        ({ metric }, index): uPlot.Series => ({
          label: metric,
          stroke: () => palette().series[index] ?? '',
          width: line,
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
    hooks: {
      drawAxes: [(plot) => drawThresholds(plot, thresholds, font)],
      init: [(plot) => tooltip.attach(plot)],
      setCursor: [(plot) => tooltip.update(plot)],
    },
  }
}
