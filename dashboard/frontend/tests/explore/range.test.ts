import { describe, expect, test } from 'vitest'
import { localInput, panned, rangeQuery, readRange, spanOf, within, zoomed } from '../../src/explore/range'

const NOW = 1_700_000_000_000
const read = (query: string) => readRange(new URLSearchParams(query))

describe('a range in the address', () => {
  test('is a preset or two times', () => {
    expect(read('range=7d')).toEqual({ preset: '7d' })
    expect(read('from=1000&to=90000')).toEqual({ preset: null, from: 1_000, to: 90_000 })
  })

  test('that makes no sense is the last hour', () => {
    for (const query of ['', 'range=9y', 'range=constructor', 'from=9&to=3', 'from=a&to=b', 'from=-5&to=5'])
      expect(read(query)).toEqual({ preset: '1h' })
  })

  test('is written as it is read', () => {
    for (const query of ['range=30d', 'from=1000&to=90000']) {
      const written = Object.entries(rangeQuery(read(query))).filter(([, value]) => value !== null)
      expect(new URLSearchParams(written as [string, string][]).toString()).toBe(query)
    }
  })

  test('of a preset ends now', () => {
    expect(spanOf({ preset: '5m' }, NOW)).toEqual({ from: NOW - 300_000, to: NOW })
  })
})

describe('a span', () => {
  const span = { from: NOW - 100_000, to: NOW - 50_000 }

  test('never lies in the future, and keeps its length', () => {
    expect(panned(span, 1e9, NOW)).toEqual({ from: NOW - 50_000, to: NOW })
    expect(panned(span, -10_000, NOW)).toEqual({ from: NOW - 110_000, to: NOW - 60_000 })
  })

  test('zooms around a moment that keeps its place', () => {
    const at = NOW - 80_000
    const near = zoomed(span, at, 0.5, NOW)
    expect((at - near.from) / (near.to - near.from)).toBeCloseTo(0.4)
    expect(near.to - near.from).toBe(25_000)
  })

  test('has a least and a most length', () => {
    expect(within({ from: NOW - 10, to: NOW }, NOW)).toEqual({ from: NOW - 10_000, to: NOW })
    const longest = within({ from: 0, to: NOW }, NOW)
    expect(longest.to - longest.from).toBe(3 * 366 * 86_400_000)
  })
})

test('the calendar shows local time', () => {
  expect(new Date(localInput(NOW)).getTime()).toBe(Math.floor(NOW / 60_000) * 60_000)
})
