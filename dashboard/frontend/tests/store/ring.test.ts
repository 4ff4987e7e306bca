import { describe, expect, test } from 'vitest'
import type { History } from '../../src/client/api'
import { METRICS, Ring } from '../../src/store/ring'
import { status } from '../samples'

const times = (ring: Ring) => [...ring.time()]
const cpu = (ring: Ring) => [...ring.column('cpuUsage')]

function history(from: number, stepMs: number, averages: (number | null)[]): History {
  const timestamps = averages.map((_, index) => from + index * stepMs)
  const series = { cpuUsage: { avg: averages, min: averages, max: averages } }
  return { type: 'status', host: 'a', from, to: from, stepMs, timestamps, series, stale: false }
}

describe('samples', () => {
  test('stay sorted whatever order they come in', () => {
    const ring = new Ring(METRICS)
    expect(ring.merge([status(3_000, 3), status(1_000, 1), status(2_000, 2)])).toBe(3)
    expect(times(ring)).toEqual([1_000, 2_000, 3_000])
    expect(cpu(ring)).toEqual([1, 2, 3])
  })

  test('are taken once', () => {
    const ring = new Ring(METRICS)
    ring.push(status(1_000, 1))
    expect(ring.push(status(1_000, 9))).toBe(false)
    expect(ring.merge([status(1_000), status(2_000)])).toBe(1)
    expect(cpu(ring)).toEqual([1, 10])
  })

  test('leave when they are too old, and do not come back', () => {
    const ring = new Ring(METRICS, 100, 5_000)
    for (let second = 0; second <= 9; second += 1) ring.push(status(second * 1_000))
    expect(times(ring)).toEqual([4_000, 5_000, 6_000, 7_000, 8_000, 9_000])
    expect(ring.push(status(3_000))).toBe(false)
  })

  test('never exceed the capacity, over many times its size', () => {
    const ring = new Ring(METRICS, 50, 1e9)
    for (let index = 0; index < 5_000; index += 1) ring.push(status(index, index))
    expect(ring.length).toBe(50)
    expect(times(ring)[0]).toBe(4_950)
    expect(cpu(ring).at(-1)).toBe(4_999)
    expect(ring.push(status(4_000.5))).toBe(false)
  })

  test('3,600 of them fit into five minutes', () => {
    const ring = new Ring(METRICS)
    for (let index = 0; index < 4_000; index += 1) ring.push(status(index * 83))
    expect(ring.length).toBe(3_600)
  })

  test('what is absent is NaN', () => {
    const ring = new Ring(METRICS)
    ring.push(status(1, 1, { temperature: null }))
    expect([...ring.column('temperature'), ...ring.column('networkSent')]).toEqual([Number.NaN, Number.NaN])
  })
})

describe('buckets', () => {
  test('fill holes, and leave alone where there are samples', () => {
    const ring = new Ring(METRICS)
    ring.merge([status(1_400, 1), status(4_400, 4)])
    expect(ring.fill(history(1_000, 1_000, [11, 12, 13, 14]))).toBe(2)
    expect(times(ring)).toEqual([1_400, 2_000, 3_000, 4_400])
    expect(cpu(ring)).toEqual([1, 12, 13, 4])
  })

  test('come before the first sample too', () => {
    const ring = new Ring(METRICS)
    ring.push(status(5_000, 5))
    ring.fill(history(3_000, 1_000, [3, null]))
    expect(cpu(ring)).toEqual([3, Number.NaN, 5])
  })

  test('fill an empty ring', () => {
    const ring = new Ring(METRICS)
    expect(ring.fill(history(0, 1_000, [1, 2]))).toBe(2)
  })
})

test('the version tells whether anything changed', () => {
  const ring = new Ring(METRICS)
  ring.push(status(1))
  const { version } = ring
  ring.push(status(1))
  expect(ring.version).toBe(version)
  ring.push(status(2))
  expect(ring.version).not.toBe(version)
})
