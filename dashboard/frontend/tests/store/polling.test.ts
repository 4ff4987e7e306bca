import { afterEach, beforeEach, expect, test } from 'vitest'
import { Api } from '../../src/client/api'
import { PresenceClient } from '../../src/client/client'
import { storesFor } from '../../src/store'
import { POLL_MS, ROUND_MS } from '../../src/store/polling'
import { FakeRuntime } from '../client/fakeRuntime'
import { FakeServer } from '../client/fakeServer'
import { status as sample } from '../samples'

let server: FakeServer
let runtime: FakeRuntime
let asked: string[]
let reachable: boolean
let hanging: boolean
let stop: () => void

async function answer(url: string): Promise<Response> {
  asked.push(url)
  if (!reachable) throw new TypeError('no network')
  if (hanging) return new Promise(() => undefined)
  const path = url.replace('/api/v1/', '').split('?')[0]
  const page = (results: unknown[]) => ({ results, next: null, previous: null })
  const body = {
    hosts: page([{ name: 'a', lastSeen: 1, online: true, version: '1' }]),
    status: { ...sample(runtime.time), host: 'a', stale: false },
    stats: { stats: [], timestamp: runtime.time },
    alerts: page([]),
  }[path ?? '']
  return new Response(JSON.stringify(body), { headers: { 'Content-Type': 'application/json' } })
}

function start() {
  const client = new PresenceClient({ url: server.url, runtime, handshakeTimeout: 60_000 })
  client.on('state', server.happened)
  const stores = storesFor(client, new Api({ fetch: answer, csrfToken: () => '' }))
  stores.polling.store.subscribe(server.happened)
  stores.statuses.subscribe(server.happened)
  const letGo = stores.polling.hold()
  stop = () => {
    letGo()
    client.disconnect()
  }
  client.connect()
  return stores
}

beforeEach(async () => {
  server = await FakeServer.start({ greet: false })
  runtime = new FakeRuntime()
  asked = []
  reachable = true
  hanging = false
})

afterEach(async () => {
  stop()
  await server.stop()
})

test('numbers come over HTTP while no socket gets through, and stop when one does', async () => {
  const stores = start()
  const active = () => stores.polling.store.getState().active
  await server.until(() => server.accepted === 1)
  runtime.advance(5_000)
  await server.until(active)
  expect(stores.statuses.getState().byHost.a?.status.host).toBe('a')
  expect(stores.statuses.getState().loaded).toBe(true)
  const seen = () => stores.rings.of('a').length
  expect(seen()).toBe(1)
  runtime.advance(POLL_MS)
  await server.until(() => seen() === 2)
  server.hello()
  await server.until(() => !active())
  const before = asked.length
  runtime.advance(3 * POLL_MS)
  expect(asked).toHaveLength(before)
})

test('a server that is not there at all is not called live', async () => {
  reachable = false
  const stores = start()
  await server.until(() => server.accepted === 1)
  server.cut()
  await server.until(() => stores.client.snapshot.state === 'reconnecting')
  expect(asked.length).toBeGreaterThan(0)
  expect(stores.polling.store.getState().active).toBe(false)
})

test('an answer that never comes is not the last one asked for', async () => {
  hanging = true
  const stores = start()
  await server.until(() => server.accepted === 1)
  runtime.advance(5_000)
  hanging = false
  runtime.advance(ROUND_MS + POLL_MS)
  await server.until(() => stores.polling.store.getState().active)
  expect(stores.rings.of('a').length).toBe(1)
})

test('one lost connection is a restart and starts no polling', async () => {
  server.greet = true
  const stores = start()
  await server.until(() => stores.client.snapshot.state === 'connected')
  server.cut()
  await server.until(() => stores.client.snapshot.state === 'reconnecting')
  expect(asked).toEqual([])
})
