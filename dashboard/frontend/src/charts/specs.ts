import type { Formatter } from '../i18n/format'
import type { PlainKey } from '../i18n/translate'
import type { Metric, StatsMetric } from '../store/ring'

export type Unit = 'percent' | 'count' | 'bytes' | 'load' | 'celsius' | 'rate' | 'ms'

export interface SeriesSpec {
  metric: Metric | StatsMetric
  label: PlainKey
}

export interface ChartSpec {
  /** Also the name under which tests find the chart. */
  id: string
  title: PlainKey
  unit: Unit
  series: readonly SeriesSpec[]
  /** Where the values come from; readings of the host by default. */
  source?: 'stats'
  /** The rule's thresholds are in another unit: its alerts are marked, its thresholds are not drawn. */
  quietThresholds?: boolean
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

/** Presence's own requests, or those that a service reports. */
export const STATS_CHARTS: readonly ChartSpec[] = [
  {
    id: 'requestRate',
    title: 'metric.requestRate',
    unit: 'rate',
    source: 'stats',
    component: 'http_error_rate',
    quietThresholds: true,
    series: [
      { metric: 'perSecond', label: 'series.requests' },
      { metric: 'errorsPerSecond', label: 'series.errors' },
    ],
  },
  {
    id: 'latency',
    title: 'metric.latency',
    unit: 'ms',
    source: 'stats',
    series: [
      { metric: 'p50', label: 'series.p50' },
      { metric: 'p95', label: 'series.p95' },
      { metric: 'p99', label: 'series.p99' },
    ],
  },
]

/** What stands beside the title where the ticks carry no unit. */
export const UNIT_LABEL: Record<Unit, PlainKey> = {
  percent: 'charts.unit.percent',
  count: 'charts.unit.count',
  bytes: 'charts.unit.bytes',
  load: 'charts.unit.load',
  celsius: 'charts.unit.celsius',
  rate: 'charts.unit.rate',
  ms: 'charts.unit.ms',
}

/** A value with its unit, for tooltips and legends. */
export function formatValue(format: Formatter, unit: Unit, value: number | null | undefined): string {
  if (unit === 'percent') return format.percent(value)
  if (unit === 'bytes') return format.rate(value)
  if (unit === 'load') return format.number(value, 2)
  if (unit === 'celsius') return `${format.number(value, 1)} °C`
  if (unit === 'rate') return `${format.number(value, 1)}/s`
  if (unit === 'ms') return `${format.number(value, value != null && value < 10 ? 1 : 0)} ms`
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
  if (unit === 'ms') return `${format.number(value, value % 1 === 0 ? 0 : 1)} ms`
  if (unit === 'rate') return format.number(value, value % 1 === 0 ? 0 : 1)
  return format.number(value)
}
