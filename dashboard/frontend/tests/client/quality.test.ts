import { afterEach, beforeEach, expect, test } from 'vitest'
import { PresenceClient } from '../../src/client/client'
import { QualityMonitor, stabilityOf } from '../../src/client/quality'
import { FakeRuntime } from './fakeRuntime'
import { FakeServer } from './fakeServer'

test.each([
  [99, 0, 'excellent'],
  [100, 0, 'good'],
  [50, 0.01, 'good'],
  [299, 0.049, 'good'],
  [300, 0, 'poor'],
  [999, 0.09, 'poor'],
  [1_000, 0, 'critical'],
  [10, 0.1, 'critical'],
  [null, 0.5, 'critical'],
] as const)('%s ms with a loss of %s is %s', (latency, loss, expected) => {
  expect(stabilityOf(latency, loss)).toBe(expected)
})

let server: FakeServer
let runtime: FakeRuntime
let client: PresenceClient
let monitor: QualityMonitor
let letGo: () => void

beforeEach(async () => {
  server = await FakeServer.start()
  server.answering = false
  runtime = new FakeRuntime()
  client = new PresenceClient({ url: server.url, runtime })
  client.on('state', server.happened)
  monitor = new QualityMonitor(client)
  monitor.on('change', server.happened)
  letGo = monitor.hold()
  client.connect()
})

afterEach(async () => {
  letGo()
  client.disconnect()
  await server.stop()
})

const pings = () => server.payloads('ping').length

async function pong(after: number): Promise<void> {
  const before = monitor.quality.samples.length
  const metadata = { replyTo: server.received.at(-1)?.id ?? '' }
  runtime.advance(after)
  server.send('system', 'pong', { timestamp: 1 }, metadata)
  await server.until(() => monitor.quality.samples.length > before)
}

test('the latency is smoothed, a lost ping counts, and so does every reconnect', async () => {
  await server.until(() => pings() === 1)
  await pong(100)
  expect(monitor.quality).toMatchObject({ latency: 100, packetsLost: 0, stability: 'good' })
  runtime.advance(9_900)
  await server.until(() => pings() === 2)
  await pong(200)
  expect(monitor.quality.latency).toBeCloseTo(120)
  runtime.advance(9_800)
  await server.until(() => pings() === 3)
  runtime.advance(5_000)
  await server.until(() => monitor.quality.samples.length === 3)
  expect(monitor.quality).toMatchObject({ packetsLost: 1 / 3, stability: 'critical' })
  server.cut()
  await server.until(() => client.snapshot.state === 'reconnecting')
  expect(monitor.quality.uptime).toBe(0)
  client.connect()
  await server.until(() => pings() === 4)
  await pong(10)
  expect(monitor.quality).toMatchObject({ reconnectCount: 1, uptime: 10 })
})

test('nobody who asks, no pings', async () => {
  await server.until(() => pings() === 1)
  letGo()
  runtime.advance(25_000)
  expect(client.snapshot.state).toBe('connected')
  expect(pings()).toBe(1)
})
