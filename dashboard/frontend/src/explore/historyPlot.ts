import uPlot from 'uplot'
import { onFrame, wake } from '../charts/loop'
import { drawMarks, type Mark } from '../charts/marks'
import { palette, rootFontSize } from '../charts/palette'
import { placeCursor, SYNC_KEY, stepCursor } from '../charts/plot'
import { type ChartSpec, formatValue } from '../charts/specs'
import { NO_THRESHOLDS, type Thresholds } from '../charts/thresholds'
import { fitInto, type TimePlot, timePlotOptions } from '../charts/timePlot'
import { Tooltip, type TooltipRow } from '../charts/tooltip'
import { onVisible } from '../charts/visible'
import type { Formatter } from '../i18n/format'
import { type GestureHandlers, listenToGestures } from './gestures'
import type { Span } from './range'

export interface HistoryPlotOptions {
  spec: ChartSpec
  labels: readonly string[]
  /** Name of the period before, null where it is not shown. */
  before: string | null
  format: Formatter
  gestures: GestureHandlers
  /** Epoch ms, up to which open alerts reach. */
  now: () => number
}

/** One chart of the past: averages, the band between the least and the most, and what the period before was. */
export class HistoryPlot {
  readonly plot: uPlot
  private readonly stop: (() => void)[]
  private span: Span = { from: 0, to: 1 }
  private marks: readonly Mark[] = []
  private thresholds = NO_THRESHOLDS
  private data: uPlot.AlignedData | null = null
  private dirty = false
  private visible = true

  constructor(root: HTMLElement, options: HistoryPlotOptions) {
    const made = plotOptions(root, options, {
      marks: (plot) => drawMarks(plot, this.marks, options.now()),
      thresholds: () => this.thresholds,
    })
    this.plot = new uPlot(made, emptyData(options), root)
    this.stop = [
      fitInto(root, this.plot),
      onVisible(root, (visible) => {
        this.visible = visible
        if (visible) wake()
      }),
      onFrame(() => this.draw()),
      listenToGestures(this.plot, options.gestures),
    ]
  }

  destroy(): void {
    for (const end of this.stop) end()
    this.plot.destroy()
  }

  setSpan(span: Span): void {
    this.span = span
    this.redraw()
  }

  setData(data: uPlot.AlignedData): void {
    this.data = data
    this.redraw()
  }

  setMarks(marks: readonly Mark[]): void {
    this.marks = marks
    this.redraw()
  }

  setThresholds(thresholds: Thresholds): void {
    this.thresholds = thresholds
    this.redraw()
  }

  moveCursor(steps: number): void {
    stepCursor(this.plot, steps)
  }

  hideCursor(): void {
    placeCursor(this.plot, -10, -10)
  }

  private redraw(): void {
    this.dirty = true
    wake()
  }

  private draw(): boolean {
    if (!this.dirty || !this.visible) return false
    this.dirty = false
    this.plot.batch(() => {
      if (this.data) this.plot.setData(this.data, false)
      this.data = null
      this.plot.setScale('x', { min: this.span.from, max: this.span.to })
    })
    return true
  }
}

function emptyData({ spec, before }: HistoryPlotOptions): uPlot.AlignedData {
  return [[], ...Array.from({ length: spec.series.length * (before === null ? 3 : 4) }, () => [])]
}

function plotOptions(
  root: HTMLElement,
  options: HistoryPlotOptions,
  beside: Pick<TimePlot, 'marks' | 'thresholds'>,
): uPlot.Options {
  const { spec, format, gestures } = options
  const tooltip = new Tooltip(tooltipRows(options), (at) => format.dateTimeSeconds(at))
  const shared = timePlotOptions(root, { spec, format, tooltip, ...beside })
  const count = spec.series.length
  const edges = 1 + count * (options.before === null ? 1 : 2)
  return {
    ...shared,
    series: [{}, ...seriesOf(options)],
    bands: spec.series.map((_, index) => ({
      series: [edges + index * 2 + 1, edges + index * 2],
      fill: () => `${palette().series[index]}2e`,
    })),
    cursor: {
      y: false,
      drag: { x: true, y: false, setScale: false, dist: 6 },
      bind: { dblclick: () => null },
      points: { show: (plot, index) => (index <= count ? cursorPoint(plot, index) : hiddenPoint()) },
      sync: {
        key: SYNC_KEY,
        scales: ['x', null],
        setSeries: false,
        // A selection is one chart's own; what comes of it moves them all.
        filters: { pub: (type) => type === 'mousemove' || type === 'mouseleave', sub: () => true },
      },
    },
    hooks: {
      ...shared.hooks,
      setSelect: [
        (plot) => {
          const { left, width } = plot.select
          if (width <= 0) return
          const span = { from: plot.posToVal(left, 'x'), to: plot.posToVal(left + width, 'x') }
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
          gestures.select(span)
        },
      ],
    },
  }
}

/** The dot on the line; only averages have one. */
function cursorPoint(plot: uPlot, index: number): HTMLElement {
  const dot = document.createElement('div')
  const size = rootFontSize() * 0.5
  dot.className = 'cursor-dot'
  dot.style.width = `${size}px`
  dot.style.height = `${size}px`
  const stroke = plot.series[index]?.stroke
  dot.style.background = typeof stroke === 'function' ? String(stroke(plot, index)) : String(stroke ?? '')
  return dot
}

function hiddenPoint(): HTMLElement {
  const dot = document.createElement('div')
  dot.hidden = true
  return dot
}

function seriesOf({ spec, before }: HistoryPlotOptions): uPlot.Series[] {
  const rem = rootFontSize()
  const colour = (index: number) => () => palette().series[index] ?? ''
  const average = spec.series.map(
    ({ metric }, index): uPlot.Series => ({
      label: metric,
      stroke: colour(index),
      width: Math.max(1.5, rem * 0.1),
      // A value or two make no line.
      points: { show: (plot) => plot.data[0].length <= 2, size: rem * 0.4, fill: colour(index) },
    }),
  )
  const past = spec.series.map(
    ({ metric }, index): uPlot.Series => ({
      label: metric,
      stroke: () => `${palette().series[index]}a0`,
      width: Math.max(1, rem * 0.08),
      dash: [rem * 0.4, rem * 0.25],
      points: { show: false },
    }),
  )
  const edge: uPlot.Series = { stroke: 'transparent', width: 0, points: { show: false } }
  return [...average, ...(before === null ? [] : past), ...spec.series.flatMap(() => [edge, edge])]
}

function tooltipRows({ spec, labels, before, format }: HistoryPlotOptions): TooltipRow[] {
  const count = spec.series.length
  const edges = 1 + count * (before === null ? 1 : 2)
  const value = (number: number | null | undefined) => formatValue(format, spec.unit, number)
  const current = labels.map(
    (label, index): TooltipRow => ({
      label,
      key: index + 1,
      text: (data, row) => {
        const average = data[1 + index]?.[row]
        const low = data[edges + index * 2]?.[row]
        const high = data[edges + index * 2 + 1]?.[row]
        const range = low == null || high == null || low === high ? '' : ` (${value(low)} – ${value(high)})`
        return `${value(average)}${range}`
      },
    }),
  )
  const past = labels.map(
    (label, index): TooltipRow => ({
      label: labels.length > 1 ? `${before} · ${label}` : String(before),
      key: index + 1,
      dashed: true,
      text: (data, row) => value(data[1 + count + index]?.[row]),
    }),
  )
  return before === null ? current : [...current, ...past]
}
