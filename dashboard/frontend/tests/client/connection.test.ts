import { beforeEach, describe, expect, test } from 'vitest'
import { PresenceClient, type PresenceClientOptions } from '../../src/client/client'
import type { ConnectionState } from '../../src/client/connection'
import { EndpointClient } from '../../src/client/endpoint'
import { Wire } from './wire'

let wire: Wire
let client: PresenceClient
let errors: string[]

function start(options: Partial<PresenceClientOptions> = {}): PresenceClient {
  client = new PresenceClient({ url: 'ws://wire/ws', runtime: wire.runtime, ...options })
  errors = []
  client.on('error', ({ code }) => errors.push(code))
  return client
}

function connect(): void {
  client.connect()
  wire.accept()
}

const wait = () => (client.snapshot.retryAt ?? 0) - wire.runtime.time
/** Lets promises that are resolved already have their say. */
const turn = () => new Promise((resolve) => setImmediate(resolve))

beforeEach(() => {
  wire = new Wire('topics')
})

describe('a listener that ends the connection', () => {
  const endOn = (state: ConnectionState) =>
    client.on('state', (snapshot) => {
      if (snapshot.state === state) client.disconnect()
    })

  test('before it has begun keeps it from opening a socket', () => {
    start()
    endOn('connecting')
    client.connect()
    expect([client.snapshot.state, wire.runtime.opened, wire.runtime.pending]).toEqual([
      'disconnected',
      [],
      0,
    ])
  })

  test('at the greeting hears nothing more, and sends nothing', () => {
    start().subscribe(['status'])
    const heard: string[] = []
    client.on('message', ({ event }) => heard.push(event))
    endOn('connected')
    connect()
    expect([heard, wire.sent, wire.runtime.pending]).toEqual([[], [], 0])
  })

  test('at its loss ends the trying as well', () => {
    const told: unknown[] = []
    start().on('reconnecting', (next) => told.push(next))
    client.on('disconnected', ({ reconnect }) => told.push(reconnect))
    endOn('reconnecting')
    connect()
    wire.close(1006)
    expect([told, wire.runtime.pending]).toEqual([[false], 0])
  })

  test('when it is told of silence is not an error', () => {
    start().on('error', () => client.disconnect())
    connect()
    wire.runtime.advance(60_000)
    expect([errors, client.snapshot.state]).toEqual([['HEARTBEAT_TIMEOUT'], 'disconnected'])
  })

  test('may begin it anew', () => {
    start().on('disconnected', () => client.snapshot.closeCode === 4001 && client.connect())
    connect()
    wire.close(4001)
    wire.accept()
    expect([client.snapshot.state, wire.runtime.opened.length]).toEqual(['connected', 2])
  })
})

describe('a server that lets everybody in and then falls over', () => {
  test('is asked less and less often', () => {
    start().connect()
    const waits = [1, 2, 3].map(() => {
      wire.accept()
      wire.close(1011)
      const next = wait()
      wire.runtime.advance(next)
      return next
    })
    expect(waits).toEqual([1_500, 2_250, 3_375])
  })

  test('is given up like one that is not there', () => {
    start({ maxReconnectAttempts: 1 }).connect()
    wire.accept()
    wire.close(1011)
    wire.runtime.advance(wait())
    wire.accept()
    wire.close(1011)
    expect([client.snapshot.state, errors]).toEqual(['disconnected', ['GAVE_UP']])
  })

  test('is forgiven once a connection has held', () => {
    start().connect()
    for (let count = 0; count < 2; count += 1) {
      wire.accept()
      wire.runtime.advance(5_000)
      wire.close(1011)
      expect(wait()).toBe(1_500)
      wire.runtime.advance(1_500)
    }
  })
})

test('waking up does not end a wait that a server under load has asked for', () => {
  start()
  connect()
  wire.tell('disconnected', { code: 1013, reason: 'full', reconnect: true, retryAfterMs: 20_000 })
  wire.close(1013)
  wire.runtime.wake()
  expect(client.snapshot).toMatchObject({ state: 'reconnecting', retryAt: wire.runtime.time + 22_500 })
  wire.runtime.time += 20_000
  wire.runtime.wake()
  wire.accept()
  expect(client.snapshot.state).toBe('connected')
})

test('an address or a token that no socket takes is told, once, and without the token', () => {
  wire.runtime.createSocket = (_, protocols) => {
    throw new SyntaxError(`The subprotocol '${protocols.at(-1)}' is invalid`)
  }
  start({ token: 'not a token' })
  const words: string[] = []
  client.on('error', ({ message }) => words.push(message))
  client.connect()
  expect(words).toEqual(["SyntaxError: The subprotocol '…' is invalid"])
  expect([client.snapshot.state, wire.runtime.pending]).toEqual(['disconnected', 0])
})

describe('a token that is fetched', () => {
  let tokens: (string | Error)[]

  async function next(): Promise<string> {
    const token = tokens.shift() ?? 'last'
    if (typeof token !== 'string') throw token
    return token
  }

  const offered = () => wire.runtime.offered.map((protocols) => protocols.at(-1))

  test('is fetched anew when the old one has expired', async () => {
    tokens = ['one', 'two']
    start({ token: next }).connect()
    await turn()
    wire.accept()
    wire.close(4001)
    expect(client.snapshot.state).toBe('reconnecting')
    wire.runtime.advance(wait())
    await turn()
    wire.accept()
    expect(offered()).toEqual(['presence.token.one', 'presence.token.two'])
    expect(client.snapshot.state).toBe('connected')
  })

  test('and is refused at once is refused for good', async () => {
    tokens = ['wrong']
    start({ token: next }).connect()
    await turn()
    wire.close(4001)
    expect(client.snapshot).toMatchObject({ state: 'disconnected', closeCode: 4001 })
  })

  test('and cannot be had is tried again', async () => {
    tokens = [new Error('offline'), 'one']
    start({ token: next }).connect()
    await turn()
    expect([client.snapshot.state, errors]).toEqual(['reconnecting', ['NO_TOKEN']])
    wire.runtime.advance(wait())
    await turn()
    wire.accept()
    expect(offered()).toEqual(['presence.token.one'])
  })

  test('and comes after the end opens no socket', async () => {
    tokens = ['late']
    start({ token: next }).connect()
    client.disconnect()
    await turn()
    expect(wire.runtime.opened).toEqual([])
  })
})

describe('subscriptions', () => {
  beforeEach(() => {
    start()
    connect()
  })

  const replyTo = () => ({ metadata: { replyTo: wire.sent.at(-1)?.id } })
  const refuse = (code: string) => wire.tell('error', { code, message: code }, replyTo())
  const asked = () => wire.payloads('subscribe').map((payload) => (payload as { types: string[] }).types)

  test('of which one may not be are asked for one by one, and that one once', async () => {
    client.subscribe(['status'])
    client.subscribe(['config'])
    await turn()
    refuse('UNAUTHORIZED')
    expect(asked()).toEqual([['status', 'config'], ['status'], ['config']])
    refuse('UNAUTHORIZED')
    wire.runtime.advance(5_000)
    expect(asked()).toHaveLength(3)
  })

  test('that the server had no time for are asked for again', async () => {
    client.subscribe(['status'])
    await turn()
    refuse('RATE_LIMITED')
    wire.runtime.advance(1_000)
    expect(asked()).toEqual([['status'], ['status']])
    wire.tell('subscribed', { subscribed: ['status'], timestamp: 1 }, replyTo())
    client.disconnect()
    expect(wire.runtime.pending).toBe(0)
  })

  test('to everything end without taking a single one along', async () => {
    client.subscribe(['status'], { throttleMs: 1_000 })
    const everything = client.subscribe(['all'], { throttleMs: 5_000 })
    await turn()
    expect(asked()).toEqual([['all'], ['status']])
    everything()
    await turn()
    expect(wire.payloads('unsubscribe')).toEqual([{ types: ['all'] }])
    expect(asked().at(-1)).toEqual(['status'])
  })

  test('go on from no position that came after they were let go', async () => {
    const release = client.subscribe(['health'])
    await turn()
    release()
    await turn()
    wire.tell('health_alert', { alert: {} }, { type: 'health', metadata: { position: 'e:7' } })
    client.subscribe(['health'])
    await turn()
    expect(wire.payloads('subscribe').at(-1)).toEqual({ types: ['health'] })
  })

  test('that were let go without a connection start afresh on the next', async () => {
    const release = client.subscribe(['health'])
    await turn()
    wire.tell('health_alert', { alert: {} }, { type: 'health', metadata: { position: 'e:7' } })
    wire.close(1006)
    release()
    connect()
    client.subscribe(['health'])
    await turn()
    expect(wire.payloads('subscribe').at(-1)).toEqual({ types: ['health'] })
  })
})

test('a pong of version 1.0 that answers the heartbeat is not taken for another ping’s', async () => {
  start({ protocols: [] })
  connect()
  wire.runtime.advance(30_000)
  const latency = client.ping()
  wire.tell('pong', { timestamp: 1 })
  wire.runtime.advance(25)
  wire.tell('pong', { timestamp: 1 })
  expect(await latency).toBe(25)
})

test('what waited goes out in its order, no faster than the server takes it', () => {
  start()
  const ask = (count: number) => client.getHistory('status', count)
  for (let count = 1; count <= 60; count += 1) ask(count)
  connect()
  expect(wire.sent).toHaveLength(40)
  ask(61)
  wire.runtime.advance(3_000)
  const limits = wire.payloads('get_history').map((payload) => (payload as { limit: number }).limit)
  expect(limits).toEqual(Array.from({ length: 61 }, (_, index) => index + 1))
  client.disconnect()
  expect(wire.runtime.pending).toBe(0)
})

test('a question that was called off before it was asked is not sent', async () => {
  start()
  connect()
  await expect(client.ping({ signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' })
  expect(wire.sent).toEqual([])
})

test('a server cannot pass its messages off as events of the client', () => {
  const peer = new Wire('payloads')
  const endpoint = new EndpointClient({ url: 'ws://wire/', runtime: peer.runtime })
  const told: string[] = []
  endpoint.on('state', ({ state }) => told.push(state))
  endpoint.on('error', ({ code }) => told.push(code))
  endpoint.connect()
  peer.accept()
  peer.tell('state', { state: 'forged' })
  peer.say('{"type":"error","payload":null}')
  peer.say('{"type":"error"')
  expect(told).toEqual(['connecting', 'connected', 'INTERNAL_ERROR', 'PARSE_ERROR'])
})

test('listeners that throw, come and go leave nothing behind', () => {
  start()
  const heard: string[] = []
  const same = () => heard.push('same')
  const first = client.on('state', same)
  const second = client.on('state', same)
  const later = { stop: (): void => undefined }
  client.on('state', () => later.stop())
  later.stop = client.on('state', () => heard.push('taken away'))
  first()
  client.connect()
  expect(heard).toEqual(['same'])
  second()
})
