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
    stepMs: 10,
    timestamps,
    series: { cpuUsage: { avg: values, min: low, max: high } },
    stale: false,
    ...more,
  }
}

test('columns are averages, then the least and the most', () => {
  expect(historyColumns(history([0, 10]), ['cpuUsage'], null)).toEqual({
    data: [
      [0, 10],
      [0, 1],
      [-1, 0],
      [1, 2],
    ],
    buckets: 2,
  })
})

test('no line is drawn across missing buckets', () => {
  const { data } = historyColumns(history([0, 40]), ['cpuUsage'], null)
  expect(data[0]).toEqual([0, 10, 40])
  expect(data[1]).toEqual([0, null, 1])
})

test('the period before lies over this one', () => {
  const before = { history: history([0, 20]), shift: 100 }
  const { data } = historyColumns(history([100, 110]), ['cpuUsage'], before)
  expect(data[0]).toEqual([100, 110, 120])
  expect(data[1]).toEqual([0, 1, null])
  expect(data[2]).toEqual([0, null, 1])
})

test('a metric that the server does not know is empty', () => {
  expect(historyColumns(history([0]), ['nothing'], null).data[1]).toEqual([null])
})
