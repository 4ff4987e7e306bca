import { expect, test } from 'vitest'
import type { History } from '../../src/client/api'
import { historyColumns } from '../../src/explore/columns'

function history(timestamps: number[], more: Partial<History> = {}): History {
  const values = timestamps.map((_, index) => index)
  const low = values.map((value) => value - 1)
  const high = values.map((value) => value + 1)
  return {
    type: 'status',
    host: 'a',
    from: 0,
    to: 100,
    stepMs: 2_000,
    timestamps,
    series: { cpuUsage: { avg: values, min: low, max: high } },
    stale: false,
    ...more,
  }
}

test('columns are averages, then the least and the most', () => {
  expect(historyColumns(history([0, 2_000]), ['cpuUsage'], null)).toEqual({
    data: [
      [0, 2_000],
      [0, 1],
      [-1, 0],
      [1, 2],
    ],
    buckets: 2,
  })
})

test('no line is drawn across missing buckets', () => {
  const { data } = historyColumns(history([0, 8_000]), ['cpuUsage'], null)
  expect(data[0]).toEqual([0, 2_000, 8_000])
  expect(data[1]).toEqual([0, null, 1])
})

test('the period before lies over this one, and breaks none of its lines', () => {
  const before = { history: history([0, 500]), shift: 10_000 }
  const { data } = historyColumns(history([10_000, 12_000]), ['cpuUsage'], before)
  expect(data[0]).toEqual([10_000, 10_500, 12_000])
  expect(data[1]).toEqual([0, undefined, 1])
  expect(data[2]).toEqual([0, 1, undefined])
})

test('single readings may be a little apart', () => {
  const { data } = historyColumns(history([0, 3_000], { stepMs: 1_000 }), ['cpuUsage'], null)
  expect(data[0]).toEqual([0, 3_000])
})

test('a metric that the server does not know is empty', () => {
  expect(historyColumns(history([0]), ['nothing'], null).data[1]).toEqual([null])
})
