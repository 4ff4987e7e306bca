import type { Formatter } from '../i18n/format'
import type { PlainKey } from '../i18n/translate'
import type { Metric } from '../store/ring'

export type Unit = 'percent' | 'count' | 'bytes' | 'load' | 'celsius'

export interface SeriesSpec {
  metric: Metric
  label: PlainKey
}

export interface ChartSpec {
  /** Also the name under which tests find the chart. */
  id: string
  title: PlainKey
  unit: Unit
  series: readonly SeriesSpec[]
  /** Component of the rules whose thresholds are drawn in. */
  component?: string
}

const percent = { unit: 'percent' } as const

export const CHARTS: readonly ChartSpec[] = [
  {
    id: 'cpuUsage',
    title: 'metric.cpuUsage',
    ...percent,
    component: 'cpu',
    series: [{ metric: 'cpuUsage', label: 'series.cpuUsage' }],
  },
  {
    id: 'memoryUsage',
    title: 'metric.memoryUsage',
    ...percent,
    component: 'memory',
    series: [
      { metric: 'memoryUsage', label: 'series.memoryUsage' },
      { metric: 'swapUsage', label: 'series.swapUsage' },
    ],
  },
  {
    id: 'network',
    title: 'metric.network',
    unit: 'bytes',
    series: [
      { metric: 'networkReceived', label: 'series.networkReceived' },
      { metric: 'networkSent', label: 'series.networkSent' },
    ],
  },
  {
    id: 'diskThroughput',
    title: 'metric.diskThroughput',
    unit: 'bytes',
    series: [
      { metric: 'diskRead', label: 'series.diskRead' },
      { metric: 'diskWritten', label: 'series.diskWritten' },
    ],
  },
  {
    id: 'load',
    title: 'metric.load',
    unit: 'load',
    component: 'load',
    series: [{ metric: 'load1', label: 'series.load1' }],
  },
  {
    id: 'activeConnections',
    title: 'metric.activeConnections',
    unit: 'count',
    series: [{ metric: 'activeConnections', label: 'series.activeConnections' }],
  },
  {
    id: 'diskUsage',
    title: 'metric.diskUsage',
    ...percent,
    component: 'disk',
    series: [{ metric: 'diskUsage', label: 'series.diskUsage' }],
  },
]

/** Only where the host has a sensor. */
export const TEMPERATURE_CHART: ChartSpec = {
  id: 'temperature',
  title: 'metric.temperature',
  unit: 'celsius',
  series: [{ metric: 'temperature', label: 'series.temperature' }],
}

/** What stands beside the title where the ticks carry no unit. */
export const UNIT_LABEL: Record<Unit, PlainKey> = {
  percent: 'charts.unit.percent',
  count: 'charts.unit.count',
  bytes: 'charts.unit.bytes',
  load: 'charts.unit.load',
  celsius: 'charts.unit.celsius',
}

/** A value with its unit, for tooltips and legends. */
export function formatValue(format: Formatter, unit: Unit, value: number | null | undefined): string {
  if (unit === 'percent') return format.percent(value)
  if (unit === 'bytes') return format.rate(value)
  if (unit === 'load') return format.number(value, 2)
  if (unit === 'celsius') return `${format.number(value, 1)} °C`
  return format.number(value)
}

/** A value at an axis: as short as it can be said. */
export function formatTick(format: Formatter, unit: Unit, value: number): string {
  if (unit === 'percent') return format.percent(value, 0)
  if (unit === 'bytes') {
    const { number, unit: size } = format.byteQuantity(value)
    return `${number.replace(/([.,]\d*?)0+$/, '$1').replace(/[.,]$/, '')} ${size}/s`
  }
  if (unit === 'load') return format.number(value, value % 1 === 0 ? 0 : (value * 10) % 1 === 0 ? 1 : 2)
  if (unit === 'celsius') return `${format.number(value)}°`
  return format.number(value)
}
