import { expect, test } from 'vitest'
import { timeSplits } from '../../src/charts/timeSplits'

const HOUR = 3_600_000

test('ticks are round on the clock of whoever looks', () => {
  const at = new Date(2026, 2, 1, 10, 17).getTime()
  const splits = timeSplits(at, at + 3 * HOUR, HOUR).map((time) => new Date(time).getMinutes())
  expect(splits).toEqual([0, 0, 0])
})

test('days begin at midnight over a whole year, whatever the clocks do', () => {
  const at = new Date(2026, 0, 1).getTime()
  const splits = timeSplits(at, at + 170 * 24 * HOUR, 24 * HOUR)
  expect(new Set(splits.map((time) => new Date(time).getHours()))).toEqual(new Set([0]))
  expect(splits.length).toBeGreaterThan(168)
})
