import { describe, expect, test } from 'vitest'
import { announcedDelay, backoffDelay, DEFAULT_BACKOFF } from '../../src/client/backoff'
import { ServerClock } from '../../src/client/clock'
import { Emitter } from '../../src/client/emitter'
import { isFinalClose } from '../../src/client/errors'
import { offeredProtocols } from '../../src/client/live'
import { parseFrame } from '../../src/client/messages'
import { retryReason, retryReasonText } from '../../src/client/retryReason'
import { newId } from '../../src/client/runtime'
import { Subscriptions } from '../../src/client/subscriptions'

describe('back-off', () => {
  const bound = (failures: number) => backoffDelay(failures, DEFAULT_BACKOFF, () => 1)

  test('its bound grows from 3 s by half to 30 s', () => {
    expect([0, 1, 2, 5, 6, 50].map(bound)).toEqual([3_000, 4_500, 6_750, 22_781, 30_000, 30_000])
  })

  test('its jitter is full', () => {
    expect(backoffDelay(3, DEFAULT_BACKOFF, () => 0)).toBe(0)
    expect(backoffDelay(3, DEFAULT_BACKOFF, () => 0.5)).toBe(5_062)
  })

  test('the wait that a server asked for is never cut short', () => {
    expect(announcedDelay(1_000, () => 0)).toBe(1_000)
    expect(announcedDelay(1_000, () => 0.999)).toBe(1_249)
  })
})

test('a close is final by its code, else by what the server announced', () => {
  const announced = (reconnect: boolean) => ({ code: 1001, reason: '', reconnect })
  expect(isFinalClose(1000, null)).toBe(true)
  expect(isFinalClose(1000, announced(true))).toBe(false)
  expect(isFinalClose(1001, announced(false))).toBe(true)
  expect(isFinalClose(1006, null)).toBe(false)
  expect(isFinalClose(4001, announced(true))).toBe(true)
})

describe('the server clock', () => {
  test('trusts the frame that took the least time', () => {
    let local = 0
    const clock = new ServerClock(() => local)
    clock.sample(960)
    clock.sample(1_000)
    clock.sample(950)
    expect(clock.now()).toBeGreaterThan(995)
    local = 500
    expect(clock.now()).toBeGreaterThan(1_495)
  })

  test('follows when the local clock is set', () => {
    let local = 0
    const clock = new ServerClock(() => local)
    clock.sample(100)
    local = 3_600_000
    clock.sample(1_100)
    expect(clock.now()).toBe(1_100)
  })
})

test('a listener that throws keeps nobody from hearing', async () => {
  const emitter = new Emitter<{ news: number }>()
  const heard: number[] = []
  const thrown = new Promise((resolve) => process.once('uncaughtException', resolve))
  emitter.on('news', () => {
    throw new Error('broken listener')
  })
  emitter.on('news', (value) => heard.push(value))
  emitter.emit('news', 7)
  expect(heard).toEqual([7])
  expect(String(await thrown)).toContain('broken listener')
})

test.each(['', '{', '[]', '{"event":1}', '{"type":"x","event":"y"}', 7])('%j is no frame', (text) => {
  expect(parseFrame(text)).toBeNull()
})

test('ids are random UUIDs', () => {
  expect(newId()).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
  expect(newId()).not.toBe(newId())
})

describe('options of holders that differ', () => {
  test('satisfy all of them', () => {
    const wanted = new Subscriptions()
    wanted.hold(['status'], { throttleMs: 1_000, history: 10, filter: { hosts: ['a'] } })
    wanted.hold(['status'], { throttleMs: 200, history: 50, filter: { hosts: ['b'] } })
    expect(wanted.changes().subscribe).toEqual([{ types: ['status'], throttleMs: 200, history: 50 }])
  })

  test('are told again when they change, and only then', () => {
    const wanted = new Subscriptions()
    wanted.hold(['status'], { throttleMs: 1_000 })
    wanted.changes()
    expect(wanted.changes()).toEqual({ subscribe: [], unsubscribe: [] })
    const release = wanted.hold(['status'])
    expect(wanted.changes().subscribe).toEqual([{ types: ['status'] }])
    release()
    expect(wanted.changes().subscribe).toEqual([{ types: ['status'], throttleMs: 1_000 }])
  })
})

test('the reason for a retry sounds graver with each step of the requirement', () => {
  expect([1, 2, 3, 4, 6, 7, 40].map(retryReason)).toEqual([
    'interrupted',
    'unstable',
    'unstable',
    'struggling',
    'struggling',
    'persistent',
    'persistent',
  ])
  expect(retryReasonText(1, 'en')).toMatch(/again/)
  expect(retryReasonText(1, 'zh-Hans')).toMatch(/连接/)
})

test('a token is never offered alone, or no handshake could succeed', () => {
  expect(offeredProtocols([], undefined)).toEqual([])
  expect(offeredProtocols([], 'x')).toEqual(['presence.v1.1', 'presence.token.x'])
  expect(offeredProtocols(['presence.v1.0'], 'x')).toEqual(['presence.v1.0', 'presence.token.x'])
})
