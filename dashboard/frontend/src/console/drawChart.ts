import uPlot from 'uplot'
import { palette, rootFontSize } from '../charts/palette'
import type { ChartPicture } from './chartable'

export interface DrawOptions {
  picture: ChartPicture
  /** Names of x and of each series. */
  names: readonly string[]
  number: (value: number | null) => string
  time: (epochMs: number) => string
  locale: string
}

const BAR_WIDTH = 0.7
const MOST_PX = 80

/** Draws a result into `root`; returns how to take it away. Colours are those of the theme at that moment. */
export function drawChart(root: HTMLElement, options: DrawOptions): () => void {
  const plot = new uPlot(chartOptions(root, options), options.picture.data as uPlot.AlignedData, root)
  const resize = new ResizeObserver(() => plot.setSize(sizeOf(root)))
  resize.observe(root)
  return () => {
    resize.disconnect()
    plot.destroy()
  }
}

/** Room for the legend below stays free. */
function sizeOf(root: HTMLElement): { width: number; height: number } {
  const legend = root.querySelector<HTMLElement>('.u-legend')?.offsetHeight ?? 2 * rootFontSize()
  return { width: root.clientWidth, height: Math.max(120, root.clientHeight - legend) }
}

function chartOptions(root: HTMLElement, options: DrawOptions): uPlot.Options {
  const { picture } = options
  return {
    ...sizeOf(root),
    scales: { x: xScale(picture), y: { range: yRange(picture) } },
    axes: [xAxis(options), yAxis(options)],
    series: [
      { label: options.names[0] ?? '', value: (_, value) => xText(options, value) },
      ...picture.data.slice(1).map((_, index) => series(options, index)),
    ],
    cursor: { drag: { x: picture.labels === null, y: false } },
    legend: { live: true },
  }
}

function xScale({ labels, time, data }: ChartPicture): uPlot.Scale {
  const count = data[0]?.length ?? 0
  return labels ? { time: false, range: () => [-0.6, count - 0.4] } : { time }
}

/** Bars start at 0, or they lie. */
function yRange({ kind }: ChartPicture): uPlot.Scale.Range {
  return (_, min, max) => {
    const low = kind === 'bar' ? Math.min(0, min ?? 0) : (min ?? 0)
    const high = kind === 'bar' ? Math.max(0, max ?? 1) : (max ?? 1)
    const pad = (high - low || Math.abs(high) || 1) * 0.08
    return [kind === 'bar' && low === 0 ? 0 : low - pad, high + pad]
  }
}

function series({ picture, names, number }: DrawOptions, index: number): uPlot.Series {
  const colour = palette().series[index] ?? ''
  const count = picture.data.length - 1
  const bars = {
    paths: uPlot.paths.bars?.({
      size: [BAR_WIDTH / count, MOST_PX],
      align: count === 1 ? 0 : index === 0 ? -1 : 1,
    }),
    fill: `${colour}b3`,
    points: { show: false },
  }
  const label = names[index + 1] ?? ''
  const shared = { label, stroke: colour, width: 2, value: (_: uPlot, value: number | null) => number(value) }
  return picture.kind === 'bar' ? ({ ...shared, ...bars } as uPlot.Series) : { ...shared, spanGaps: false }
}

function axisLook(): Partial<uPlot.Axis> {
  const { axis, grid, font } = palette()
  const size = 0.75 * rootFontSize()
  return {
    stroke: axis,
    font: `${size}px ${font}`,
    grid: { stroke: grid, width: 1 },
    ticks: { stroke: grid, width: 1 },
  }
}

function xAxis({ picture: { labels, time }, locale }: DrawOptions): uPlot.Axis {
  const rem = rootFontSize()
  const look = { ...axisLook(), size: 2.5 * rem, space: 5.5 * rem }
  if (time)
    return { ...look, values: (_, splits, __, ___, increment) => timeLabels(splits, increment, locale) }
  if (!labels) return look
  const room = (plot: uPlot) => Math.max(1, Math.floor(plot.width / (5.5 * rem)))
  return {
    ...look,
    grid: { show: false },
    splits: (plot) => {
      const step = Math.max(1, Math.ceil(labels.length / room(plot)))
      return labels.flatMap((_, index) => (index % step === 0 ? [index] : []))
    },
    values: (_, splits) => splits.map((index) => shortened(labels[index] ?? '')),
  }
}

/** Epoch seconds as hours, or as days where the steps are days; the day is said once, at the first and where it changes. */
function timeLabels(splits: number[], increment: number, locale: string): string[] {
  const clock = new Intl.DateTimeFormat(locale, {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    ...(increment < 60 ? { second: '2-digit' } : {}),
  })
  const calendar = new Intl.DateTimeFormat(locale, { month: 'short', day: 'numeric' })
  let before = ''
  return splits.map((at) => {
    const day = calendar.format(at * 1_000)
    const changed = day !== before
    before = day
    if (increment >= 86_400) return day
    return changed ? `${clock.format(at * 1_000)}\n${day}` : clock.format(at * 1_000)
  })
}

function shortened(text: string): string {
  return text.length > 14 ? `${text.slice(0, 13)}…` : text
}

function yAxis({ number }: DrawOptions): uPlot.Axis {
  const rem = rootFontSize()
  const values = (_: uPlot, splits: number[]) => splits.map((value) => number(value))
  const size = (_: uPlot, texts: string[] | null) =>
    (1.25 + 0.5 * Math.max(3, ...(texts ?? []).map((text) => text.length))) * rem
  return { ...axisLook(), values, size }
}

function xText({ picture, number, time }: DrawOptions, value: number | null): string {
  if (value === null || value === undefined) return ''
  if (picture.labels) return picture.labels[value] ?? ''
  return picture.time ? time(value * 1_000) : number(value)
}
