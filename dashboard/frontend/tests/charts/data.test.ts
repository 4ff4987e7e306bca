import { describe, expect, test } from 'vitest'
import { axisIncrements, axisTop, chartData } from '../../src/charts/data'
import { firingSeverity, type Severity } from '../../src/charts/severity'
import { CHARTS, formatTick } from '../../src/charts/specs'
import { severityOf, thresholdsOf } from '../../src/charts/thresholds'
import type { Rule } from '../../src/client/api'
import { Formatter } from '../../src/i18n/format'
import { METRICS, Ring } from '../../src/store/ring'
import { alert, status } from '../samples'

describe('what a chart draws', () => {
  const ring = new Ring(METRICS)
  ring.merge([status(0, 1), status(1_000, 2), status(2_000, 3), status(12_000, 4), status(13_000, 5)])

  test('a hole is a gap, not a line across', () => {
    const { columns, samples, largestGap } = chartData(ring, ['cpuUsage'], 0, 1_000)
    expect(columns).toEqual([
      [0, 1_000, 2_000, 7_000, 12_000, 13_000],
      [1, 2, 3, null, 4, 5],
    ])
    expect(samples).toBe(5)
    expect(largestGap).toBe(10_000)
  })

  test('a host that pushes every ten seconds has a line, and a hole where it was silent', () => {
    const seldom = new Ring(METRICS)
    const times = [0, 10, 20, 30, 40, 50, 60, 100, 110].map((second) => second * 1_000)
    seldom.merge(times.map((time) => status(time, 7)))
    const [xs, ys] = chartData(seldom, ['cpuUsage'], 0, 1_000).columns
    expect(xs.filter((_, row) => ys?.[row] === null)).toEqual([80_000])
  })

  test('the line comes in from the left edge', () => {
    const { columns, samples, largestGap } = chartData(ring, ['cpuUsage'], 12_000, 1_000)
    expect(columns[0]).toEqual([2_000, 7_000, 12_000, 13_000])
    expect(samples).toBe(2)
    expect(largestGap).toBe(1_000)
  })

  test('a value that is not known is a gap', () => {
    expect(chartData(ring, ['temperature'], 13_000, 1_000).columns[1]).toEqual([null, null])
  })
})

describe('axes', () => {
  test('have round tops', () => {
    expect([axisTop('percent', 3), axisTop('count', 143), axisTop('load', 2.1)]).toEqual([100, 200, 2.5])
    expect(axisTop('bytes', 5 * 2 ** 20)).toBe(6 * 2 ** 20)
    expect(axisTop('count', null)).toBe(10)
  })

  test('never cut a value off', () => {
    for (const unit of ['count', 'bytes', 'load', 'celsius'] as const) {
      for (let max = 0.5; max < 1e9; max *= 1.7) expect(axisTop(unit, max)).toBeGreaterThanOrEqual(max)
    }
  })

  test('count in whole numbers', () => {
    expect(axisIncrements('count').every(Number.isInteger)).toBe(true)
  })

  test('say byte rates as short as they can be said', () => {
    const tick = (value: number) => formatTick(new Formatter('en'), 'bytes', value)
    expect([0, 512, 1.5 * 2 ** 20, 10 * 2 ** 30].map(tick)).toEqual([
      '0 B/s',
      '512 B/s',
      '1.5 MiB/s',
      '10 GiB/s',
    ])
  })
})

describe('thresholds', () => {
  const rule = (more: Partial<Rule>): Rule => ({
    id: 1,
    component: 'cpu',
    host: null,
    comparison: 'above',
    warning_raise: 70,
    warning_clear: 65,
    critical_raise: 90,
    critical_clear: 85,
    for_seconds: 60,
    enabled: true,
    ...more,
  })

  test("the host's own rule comes before the one for all", () => {
    const rules = [rule({}), rule({ host: 'a', warning_raise: 50 })]
    expect(thresholdsOf(rules, 'cpu', 'a').warning).toBe(50)
    expect(thresholdsOf(rules, 'cpu', 'b').warning).toBe(70)
  })

  test('a rule that is off, or about something else, says nothing', () => {
    expect(
      thresholdsOf([rule({ enabled: false }), rule({ component: 'disk' })], 'cpu', 'a').warning,
    ).toBeNull()
  })

  test('judge from the threshold on, in either direction', () => {
    const above = thresholdsOf([rule({})], 'cpu', 'a')
    expect([69.9, 70, 90].map((value) => severityOf(value, above))).toEqual(['ok', 'warning', 'critical'])
    const below = { ...above, warning: 20, critical: 5, comparison: 'below' } as const
    expect([21, 20, 5].map((value) => severityOf(value, below))).toEqual(['ok', 'warning', 'critical'])
  })

  test('what was raised stays until it is clear', () => {
    const thresholds = thresholdsOf([rule({})], 'cpu', 'a')
    const readings = [69, 71, 69, 91, 86, 84, 66, 64]
    const levels: string[] = []
    readings.reduce((before, value) => {
      const level = severityOf(value, thresholds, before)
      levels.push(level)
      return level
    }, 'ok' as Severity)
    expect(levels).toEqual(['ok', 'warning', 'warning', 'critical', 'critical', 'warning', 'warning', 'ok'])
  })

  test('only open alerts of the same host and component count', () => {
    const others = [
      alert(1, { state: 'recovered' }),
      alert(2, { host: 'b' }),
      alert(3, { component: 'disk' }),
    ]
    expect(firingSeverity(others, 'cpu', 'a')).toBe('ok')
    expect(firingSeverity([...others, alert(4), alert(5, { level: 'critical' })], 'cpu', 'a')).toBe(
      'critical',
    )
  })
})

test('every chart has its own name, and all its series differ', () => {
  expect(new Set(CHARTS.map(({ id }) => id)).size).toBe(CHARTS.length)
})
