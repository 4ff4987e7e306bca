import type uPlot from 'uplot'
import type { Formatter } from '../i18n/format'
import { axisIncrements } from './data'
import { palette, rootFontSize } from './palette'
import { formatTick, type Unit } from './specs'
import { timeSplits } from './timeSplits'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Steps between ticks of a time axis, ms. */
const TIME_STEPS = [
  ...[5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 5, 7, 14, 30, 90, 365].map((n) => n * DAY),
]

const AXIS_WIDTH_REM: Record<Unit, number> = {
  percent: 2.9,
  count: 3.1,
  bytes: 4.9,
  load: 2.6,
  celsius: 2.6,
  rate: 3.1,
  ms: 3.4,
}

/** Font of the axes, for the canvas. */
export function axisFont(): string {
  return `${Math.round(rootFontSize() * 0.72)}px ${palette().font}`
}

/**
 * Both axes of a chart over time: round steps on the clock of whoever looks, days where days begin.
 */
export function chartAxes(unit: Unit, format: Formatter): uPlot.Axis[] {
  const rem = rootFontSize()
  const axis = {
    stroke: () => palette().axis,
    font: axisFont(),
    grid: { stroke: () => palette().grid, width: 1 },
    ticks: { show: false },
    gap: Math.round(rem * 0.35),
  }
  const label = timeLabels(format.locale)
  return [
    {
      ...axis,
      size: Math.round(rem * 1.5),
      space: rem * 4.6,
      incrs: TIME_STEPS,
      splits: (_plot, _axis, min, max, step) => timeSplits(min, max, step),
      values: (_plot, splits, _axis, _space, step) => splits.map((at, index) => label(at, step, index === 0)),
    },
    {
      ...axis,
      size: Math.round(rem * AXIS_WIDTH_REM[unit]),
      space: (_plot, _axis, _min, _max, height) => Math.max(rem * 2.1, height / 6),
      incrs: unit === 'percent' ? [10, 20, 25, 50, 100] : axisIncrements(unit),
      values: (_plot, splits) => splits.map((value) => formatTick(format, unit, value)),
    },
  ]
}

type Label = (at: number, step: number, first: boolean) => string

function timeLabels(locale: string): Label {
  const options = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const
  const minute = new Intl.DateTimeFormat(locale, options)
  const second = new Intl.DateTimeFormat(locale, { ...options, second: '2-digit' })
  const day = new Intl.DateTimeFormat(locale, { month: 'short', day: 'numeric' })
  const month = new Intl.DateTimeFormat(locale, { month: 'short', year: 'numeric' })
  return (at, step) => {
    if (step >= 90 * DAY) return month.format(at)
    const date = new Date(at)
    if (step >= DAY || (step >= HOUR && date.getHours() === 0 && date.getMinutes() === 0))
      return day.format(at)
    return step < MINUTE ? second.format(at) : minute.format(at)
  }
}
