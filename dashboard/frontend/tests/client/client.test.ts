import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { PresenceClient, type PresenceClientOptions } from '../../src/client/client'
import type { ConnectionState } from '../../src/client/connection'
import { FakeRuntime } from './fakeRuntime'
import { FakeServer } from './fakeServer'

let server: FakeServer
let runtime: FakeRuntime
let client: PresenceClient
let states: ConnectionState[]
let troubles: string[]

function start(options: Partial<PresenceClientOptions> = {}): PresenceClient {
  client = new PresenceClient({ url: server.url, runtime, ...options })
  states = []
  troubles = []
  client.on('state', ({ state }) => {
    if (states.at(-1) !== state) states.push(state)
    server.happened()
  })
  client.on('error', ({ code }) => {
    troubles.push(code)
    server.happened()
  })
  client.on('message', server.happened)
  return client
}

const reached = (state: ConnectionState) => server.until(() => client.snapshot.state === state)
const received = (action: 'subscribe' | 'unsubscribe' | 'ping' | 'get_history', count = 1) =>
  server.until(() => server.payloads(action).length >= count)

beforeEach(async () => {
  server = await FakeServer.start()
  runtime = new FakeRuntime()
})

afterEach(async () => {
  client.disconnect()
  await server.stop()
})

describe('connecting', () => {
  test('it is connected when the server has said so, not when the socket opens', async () => {
    server.greet = false
    start().connect()
    await server.until(() => server.accepted === 1)
    expect(client.snapshot.state).toBe('connecting')
    server.hello()
    await reached('connected')
    expect(states).toEqual(['connecting', 'connected'])
    expect(client.snapshot.info?.connectionId).toBe('c')
  })

  test('connecting twice opens one socket', async () => {
    start().connect()
    client.connect()
    await reached('connected')
    client.connect()
    expect(runtime.opened).toHaveLength(1)
  })

  test('a server that never greets is left after the handshake time', async () => {
    server.greet = false
    start({ handshakeTimeout: 4_000 }).connect()
    await server.until(() => server.accepted === 1)
    runtime.advance(4_000)
    expect(client.snapshot.state).toBe('reconnecting')
    expect(troubles).toContain('HEARTBEAT_TIMEOUT')
  })

  test('the clock of the server is known after the greeting', async () => {
    runtime.time = 400_000
    start().connect()
    await reached('connected')
    await server.until(() => client.clock.now() === 1_000_000)
    runtime.advance(5_000)
    expect(client.clock.now()).toBe(1_005_000)
  })
})

describe('coming back', () => {
  test('a cut connection comes back after a jittered wait, and subscribes again', async () => {
    start().subscribe(['status', 'health'])
    client.connect()
    await received('subscribe')
    server.cut()
    await reached('reconnecting')
    expect(client.snapshot.retryAt).toBe(runtime.time + 1_500)
    runtime.advance(1_500)
    await received('subscribe', 2)
    expect(server.payloads('subscribe')[1]).toEqual({ types: ['status', 'health'] })
    expect(states).toEqual(['connecting', 'connected', 'reconnecting', 'connected'])
  })

  test('the wait grows while the server stays away', async () => {
    start().connect()
    await reached('connected')
    await server.stop()
    await reached('reconnecting')
    const waits: number[] = []
    for (let attempt = 1; attempt <= 8; attempt += 1) {
      await server.until(() => client.snapshot.attempt === attempt && client.snapshot.retryAt !== null)
      const wait = (client.snapshot.retryAt as number) - runtime.time
      waits.push(wait)
      runtime.advance(wait)
    }
    expect(waits).toEqual([1_500, 2_250, 3_375, 5_062, 7_593, 11_390, 15_000, 15_000])
  })

  test('a clean restart is followed at the time the server named', async () => {
    start().connect()
    await reached('connected')
    runtime.chance = 0
    server.close(1012, { reconnect: true, retryAfterMs: 200 })
    await reached('reconnecting')
    expect(client.snapshot.retryAt).toBe(runtime.time + 200)
    expect(client.snapshot.closeCode).toBe(1012)
    runtime.advance(200)
    await reached('connected')
  })

  test('it gives up after as many attempts as it was allowed', async () => {
    start({ maxReconnectAttempts: 2 }).connect()
    await reached('connected')
    await server.stop()
    for (const attempt of [1, 2]) {
      await server.until(() => client.snapshot.attempt === attempt && client.snapshot.retryAt !== null)
      runtime.advance((client.snapshot.retryAt as number) - runtime.time)
    }
    await reached('disconnected')
    expect(troubles).toContain('GAVE_UP')
  })

  test.each([1008, 4001, 4003, 4999])('%i is final', async (code) => {
    start().connect()
    await reached('connected')
    server.close(code, { reconnect: true })
    await reached('disconnected')
    expect(client.snapshot.closeCode).toBe(code)
    expect(runtime.pending).toBe(0)
  })

  test.each([1001, 1011, 1012, 1013, 3008])('after %i it comes back', async (code) => {
    start().connect()
    await reached('connected')
    server.close(code)
    await reached('reconnecting')
  })

  test('waking up ends the wait at once', async () => {
    start().connect()
    await reached('connected')
    server.cut()
    await reached('reconnecting')
    runtime.wake()
    await reached('connected')
    expect(server.accepted).toBe(2)
  })
})

describe('heartbeat', () => {
  test('it pings in the interval that the server named', async () => {
    start().connect()
    await reached('connected')
    runtime.advance(30_000)
    await received('ping')
  })

  test('silence for the whole timeout is a lost connection', async () => {
    start().connect()
    await reached('connected')
    runtime.advance(59_999)
    expect(client.snapshot.state).toBe('connected')
    runtime.advance(1)
    expect(client.snapshot).toMatchObject({ state: 'reconnecting', closeCode: 3008 })
  })

  test('anything that arrives counts as life', async () => {
    start().connect()
    await reached('connected')
    runtime.advance(40_000)
    server.send('system', 'pong', { timestamp: 1 })
    await new Promise<void>((resolve) => client.on('pong', () => resolve()))
    runtime.advance(59_000)
    expect(client.snapshot.state).toBe('connected')
    runtime.advance(1_000)
    expect(client.snapshot.state).toBe('reconnecting')
  })

  test('after a sleep a dead connection is found out within seconds', async () => {
    start({ wakeTimeout: 5_000 }).connect()
    await reached('connected')
    runtime.time += 20_000
    runtime.wake()
    runtime.advance(5_000)
    expect(client.snapshot.state).toBe('reconnecting')
  })
})

describe('subscriptions', () => {
  test('those who want the same topic share it until the last lets go', async () => {
    start().connect()
    const first = client.subscribe(['status'])
    const second = client.subscribe(['status'])
    await received('subscribe')
    first()
    const other = client.subscribe(['health'])
    await received('subscribe', 2)
    expect(server.payloads('unsubscribe')).toEqual([])
    second()
    other()
    await received('unsubscribe')
    expect(server.payloads('unsubscribe')).toEqual([{ types: ['status', 'health'] }])
  })

  test('a change of page costs no message', async () => {
    start().connect()
    const release = client.subscribe(['status'])
    await received('subscribe')
    release()
    client.subscribe(['status'])
    client.getHistory('status', 10)
    await received('get_history')
    expect(server.received.map((frame) => frame.action)).toEqual(['subscribe', 'get_history'])
  })
})

describe('messages', () => {
  test('what is sent offline goes out later, once per id, after the subscriptions', async () => {
    start().subscribe(['status'])
    client.getHistory('health', 5)
    const frame = {
      id: 'same',
      type: 'system',
      timestamp: 1,
      direction: 'client-to-server',
      action: 'ack',
    } as const
    client.send(frame)
    client.send(frame)
    client.connect()
    await server.until(() => server.received.some(({ action }) => action === 'ack'))
    expect(server.received.map(({ action }) => action)).toEqual(['subscribe', 'get_history', 'ack'])
  })

  test('the offline queue is bounded and says what it dropped', () => {
    start({ queueLimit: 2 })
    for (let count = 0; count < 3; count += 1) client.getHistory('status', 1)
    expect(troubles).toEqual(['QUEUE_OVERFLOW'])
  })

  test('a batch is unfolded into its events', async () => {
    start().connect()
    await reached('connected')
    const hosts: string[] = []
    client.on('status_update', ({ host }) => hosts.push(host))
    const events = ['a', 'b'].map((host) => ({ event: 'status_update', data: { host } }))
    server.send('status', 'batch_update', { events })
    await server.until(() => hosts.length === 2)
    expect(hosts).toEqual(['a', 'b'])
  })

  test('an unreadable frame and an error of the server do not end the connection', async () => {
    start().connect()
    await reached('connected')
    server.sendText('{')
    server.send('error', 'error', { code: 'RATE_LIMITED', message: 'slow down' })
    await server.until(() => troubles.length === 2)
    expect(troubles).toEqual(['PARSE_ERROR', 'RATE_LIMITED'])
    expect(client.snapshot.state).toBe('connected')
  })

  test('disconnecting leaves no timer behind and does not come back', async () => {
    start().connect()
    await reached('connected')
    client.disconnect()
    runtime.advance(120_000)
    expect(client.snapshot.state).toBe('disconnected')
    expect(runtime.pending).toBe(0)
    expect(runtime.opened).toHaveLength(1)
  })
})

describe('positions', () => {
  test('a topic is resumed from where it was', async () => {
    start().subscribe(['status', 'health'])
    client.connect()
    await received('subscribe')
    server.send('health', 'health_alert', { alert: {} }, { position: 'e:7' })
    await new Promise<void>((resolve) => client.on('health_alert', () => resolve()))
    server.cut()
    await reached('reconnecting')
    client.connect()
    await received('subscribe', 2)
    expect(server.payloads('subscribe')[1]).toEqual({ types: ['status', 'health'], since: { health: 'e:7' } })
  })

  test('a topic that was let go starts afresh', async () => {
    start().connect()
    const release = client.subscribe(['health'])
    await received('subscribe')
    server.send('health', 'health_alert', { alert: {} }, { position: 'e:7' })
    await new Promise<void>((resolve) => client.on('health_alert', () => resolve()))
    release()
    await received('unsubscribe')
    client.subscribe(['health'])
    await received('subscribe', 2)
    expect(server.payloads('subscribe')[1]).toEqual({ types: ['health'] })
  })

  test('what could not be recovered, and what was skipped, is a gap', async () => {
    start().connect()
    await reached('connected')
    const gaps: unknown[] = []
    client.on('gap', (gap) => gaps.push(gap))
    server.send('system', 'history_data', { type: 'health', data: [] }, { position: 'f:1', recovered: false })
    server.send('error', 'error', { code: 'QUEUE_OVERFLOW', message: '', details: { missed: 12 } })
    await server.until(() => gaps.length === 2)
    expect(gaps).toEqual([
      { cause: 'not_recovered', topic: 'health', missed: null },
      { cause: 'overflow', topic: null, missed: 12 },
    ])
  })
})

describe('asking', () => {
  test('an answer finds the one who asked', async () => {
    start().connect()
    await reached('connected')
    expect(await client.history('health', 2)).toEqual([1, 2])
    expect(await client.ping()).toBe(0)
    expect(runtime.pending).toBe(2)
  })

  test('a refusal, silence, a lost connection and a change of mind are told apart', async () => {
    start().connect()
    await reached('connected')
    server.answering = false
    const refused = client.request('get_history', { type: 'nonsense', limit: 1 })
    await received('get_history')
    const metadata = { replyTo: server.received.at(-1)?.id ?? '' }
    server.send('error', 'error', { code: 'INVALID_TYPE', message: 'no such type' }, metadata)
    await expect(refused).rejects.toMatchObject({ code: 'INVALID_TYPE' })
    const late = client.request('get_history', {}, { timeout: 500 })
    runtime.advance(500)
    await expect(late).rejects.toMatchObject({ code: 'TIMEOUT' })
    const abort = new AbortController()
    const unwanted = client.request('get_history', {}, { signal: abort.signal })
    abort.abort()
    await expect(unwanted).rejects.toMatchObject({ name: 'AbortError' })
    const lost = client.request('get_history', {})
    server.cut()
    await expect(lost).rejects.toMatchObject({ code: 'DISCONNECTED' })
    await expect(client.ping()).rejects.toMatchObject({ code: 'DISCONNECTED' })
  })

  test('pongs of version 1.0, which name no ping, answer in order', async () => {
    start({ protocols: [] }).connect()
    await reached('connected')
    server.answering = false
    const latency = client.ping()
    await received('ping')
    runtime.advance(40)
    server.send('system', 'pong', { timestamp: 1 })
    expect(await latency).toBe(40)
  })
})

test('what happens to a connection is told once each, with a reason for every attempt', async () => {
  const told: unknown[] = []
  start({ maxReconnectAttempts: 1 })
  client.on('connected', ({ connectionId }) => told.push(['connected', connectionId]))
  client.on('disconnected', ({ code, reconnect }) => told.push(['disconnected', code, reconnect]))
  client.on('reconnecting', (next) => told.push(['reconnecting', next]))
  client.on('reconnect_failed', ({ attempts }) => told.push(['reconnect_failed', attempts]))
  client.connect()
  await reached('connected')
  await server.stop()
  await reached('reconnecting')
  runtime.advance(1_500)
  await reached('disconnected')
  expect(told).toEqual([
    ['connected', 'c'],
    ['disconnected', 1006, true],
    ['reconnecting', { attempt: 1, delay: 1_500, reason: 'interrupted' }],
    ['disconnected', 1006, false],
    ['reconnect_failed', 1],
  ])
})
