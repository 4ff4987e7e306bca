import { describe, expect, test } from 'vitest'
import type { HistoryQuery } from '../../src/client/api'
import { backfill, missingSpan } from '../../src/store/backfill'
import { METRICS, Ring } from '../../src/store/ring'
import { status } from '../samples'

const SECOND = 1_000

describe('the span that is missing', () => {
  test('is none when samples come every second', () => {
    expect(missingSpan([0, 1_000, 2_010, 4_000], 0, SECOND)).toBeNull()
  })

  test('reaches from the start to the first sample', () => {
    expect(missingSpan([250_000, 251_000], 0, SECOND)).toEqual({ from: 0, to: 250_000 })
  })

  test('reaches from before the first hole to after the last', () => {
    const times = [0, 1_000, 11_000, 12_000, 30_000, 31_000]
    expect(missingSpan(times, 0, SECOND)).toEqual({ from: 1_000, to: 30_000 })
  })

  test('takes no notice of what lies before the start', () => {
    expect(missingSpan([0, 60_000, 100_000, 101_000], 100_000, SECOND)).toBeNull()
  })
})

describe('filling', () => {
  const asked: HistoryQuery[] = []
  const api = {
    history: async (query: HistoryQuery) => {
      asked.push(query)
      const { host, from, to } = query
      return { type: 'status', host, from, to, stepMs: SECOND, timestamps: [3_000], series: {}, stale: true }
    },
  }
  const fill = (ring: Ring, signal = new AbortController().signal) =>
    backfill({ ring, host: 'a', api, from: 0, interval: SECOND, signal })

  test('asks once for the whole hole and takes the answer in', async () => {
    const ring = new Ring(METRICS)
    ring.merge([status(0), status(1_000), status(9_000)])
    expect((await fill(ring))?.stale).toBe(true)
    expect(asked).toEqual([{ host: 'a', from: 1_000, to: 9_000, points: 9 }])
    expect([...ring.time()]).toEqual([0, 1_000, 3_000, 9_000])
  })

  test('asks nothing when nothing is missing', async () => {
    const ring = new Ring(METRICS)
    ring.merge([status(0), status(1_000)])
    expect(await fill(ring)).toBeNull()
  })

  test('takes nothing in once it was called off', async () => {
    const ring = new Ring(METRICS)
    const abort = new AbortController()
    const filling = fill(ring, abort.signal)
    abort.abort()
    await filling
    expect(ring.length).toBe(0)
  })
})
