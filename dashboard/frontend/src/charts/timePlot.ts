import type uPlot from 'uplot'
import type { Formatter } from '../i18n/format'
import { axisFont, chartAxes } from './axes'
import { axisTop } from './data'
import { rootFontSize } from './palette'
import type { ChartSpec } from './specs'
import { drawThresholds } from './thresholdLines'
import type { Thresholds } from './thresholds'
import type { Tooltip } from './tooltip'

export interface TimePlot {
  spec: ChartSpec
  format: Formatter
  /** Asked for at each drawing. */
  thresholds: () => Thresholds
  tooltip: Tooltip
  /** Draws the alerts over the lines. */
  marks: (plot: uPlot) => void
}

/** What every chart over time has in common, live or of the past: its frame, its axes, and what is drawn beside its lines. */
export function timePlotOptions(root: HTMLElement, { spec, format, thresholds, tooltip, marks }: TimePlot) {
  const rem = rootFontSize()
  return {
    width: Math.max(1, root.clientWidth),
    height: Math.max(1, root.clientHeight),
    ms: 1,
    padding: [Math.round(rem * 0.5), Math.round(rem * 0.75), 0, 0],
    legend: { show: false },
    scales: {
      x: { time: true, auto: false },
      y: { range: (_plot: uPlot, _min: number, max: number) => [0, axisTop(spec.unit, max)] },
    },
    axes: chartAxes(spec.unit, format),
    hooks: {
      drawAxes: [(plot: uPlot) => drawThresholds(plot, thresholds(), axisFont())],
      draw: [marks],
      init: [(plot: uPlot) => tooltip.attach(plot)],
      setCursor: [(plot: uPlot) => tooltip.update(plot)],
    },
  } satisfies Omit<uPlot.Options, 'series'>
}

/** Keeps a plot as large as what it stands in. Returns how to stop. */
export function fitInto(root: HTMLElement, plot: uPlot): () => void {
  const resize = new ResizeObserver(() => {
    const { clientWidth: width, clientHeight: height } = root
    if (width > 0 && height > 0) plot.setSize({ width, height })
  })
  resize.observe(root)
  return () => resize.disconnect()
}
