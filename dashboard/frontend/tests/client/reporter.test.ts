import { afterEach, expect, test } from 'vitest'
import { PresenceClient } from '../../src/client/client'
import { reportQuality } from '../../src/client/reporter'
import { FakeRuntime } from './fakeRuntime'
import { FakeServer } from './fakeServer'

const ends: (() => unknown)[] = []

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

test('a page reports its connection after a while, then once a minute, under one name', async () => {
  const live = await FakeServer.start()
  const monitoring = await FakeServer.start({ payloads: true })
  ends.push(
    () => live.stop(),
    () => monitoring.stop(),
  )
  const runtime = new FakeRuntime()
  const client = new PresenceClient({ url: live.url, runtime, token: 'read-only' })
  client.on('state', live.happened)
  client.connect()
  ends.push(() => client.disconnect())
  await live.until(() => client.snapshot.state === 'connected')
  ends.push(reportQuality(client, monitoring.url))
  await live.until(() => live.payloads('ping').length === 1)
  expect(monitoring.accepted).toBe(0)
  runtime.advance(15_000)
  const metrics = () => monitoring.received.filter(({ type }) => String(type) === 'client_metrics')
  const reports = () => metrics().map((one) => one.payload as Record<string, unknown>)
  await monitoring.until(() => reports().length === 1)
  expect(reports()[0]).toMatchObject({ reconnections: 0, errors: 0 })
  expect(runtime.offered.at(-1)).toContain('presence.token.read-only')
  for (let quarter = 0; quarter < 4; quarter += 1) {
    const answered = new Promise((resolve) => client.on('pong', resolve))
    runtime.advance(15_000)
    await answered
  }
  await monitoring.until(() => reports().length === 2)
  expect(reports()[1]?.client).toBe(reports()[0]?.client)
})
