import { afterEach, beforeEach, expect, test } from 'vitest'
import { EndpointClient, type EndpointClientOptions } from '../../src/client/endpoint'
import { FakeRuntime } from './fakeRuntime'
import { FakeServer } from './fakeServer'

interface QueryEvents {
  query_started: { executionId: string }
}

let server: FakeServer
let runtime: FakeRuntime
let client: EndpointClient<QueryEvents>

function start(options: Partial<EndpointClientOptions> = {}): EndpointClient<QueryEvents> {
  client = new EndpointClient<QueryEvents>({ url: server.url, runtime, ...options })
  client.on('state', server.happened)
  client.on('message', server.happened)
  client.on('error', server.happened)
  return client
}

const reached = (state: string) => server.until(() => client.snapshot.state === state)
const say = (message: object) => server.sendText(JSON.stringify(message))
const types = () => server.received.map(({ type }) => String(type))

beforeEach(async () => {
  server = await FakeServer.start({ payloads: true })
  runtime = new FakeRuntime()
})

afterEach(async () => {
  client.disconnect()
  await server.stop()
})

test('it is connected once it is greeted, and hands out messages by type', async () => {
  start().connect()
  await reached('connected')
  const started: string[] = []
  client.on('query_started', ({ executionId }) => started.push(executionId))
  say({ type: 'query_started', payload: { executionId: 'x1' } })
  await server.until(() => started.length === 1)
  expect(started).toEqual(['x1'])
})

test('what is sent offline goes out later, once per id, and may be taken back', async () => {
  start().send('update_query', { query: 'a' }, { id: 'same' })
  client.send('update_query', { query: 'b' }, { id: 'same' })
  client.send('move_cursor', {}, { keep: false })
  expect(client.takeUnsent()).toHaveLength(1)
  client.send('chat_message', { message: {} })
  client.connect()
  await server.until(() => server.received.length > 0)
  expect(types()).toEqual(['chat_message'])
})

test('an answer carries the id of the question, a refusal too', async () => {
  start().connect()
  await reached('connected')
  const answer = client.request('execute_query', { query: 'SELECT 1' })
  const refused = client.request('execute_query', { query: 'DROP' })
  await server.until(() => server.received.length === 2)
  const [first, second] = server.received.map(({ id }) => id)
  say({ type: 'query_started', id: first, payload: { executionId: 'x' } })
  say({ type: 'error', id: second, payload: { code: 'NOT_ALLOWED', message: 'no' } })
  expect((await answer).payload).toEqual({ executionId: 'x' })
  await expect(refused).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
})

test('a server that sends it away for good is not asked again', async () => {
  start().connect()
  await reached('connected')
  const errors: string[] = []
  client.on('error', ({ code }) => errors.push(code))
  say({ type: 'error', payload: { code: 'MAX_CONNECTIONS_EXCEEDED', message: 'too many' } })
  say({ type: 'disconnected', payload: { code: 1008, reason: 'too many connections', reconnect: false } })
  server.close(1008)
  await reached('disconnected')
  expect(errors).toEqual(['MAX_CONNECTIONS_EXCEEDED'])
  expect(client.snapshot.reason).toBe('too many connections')
})

test('it pings as the greeting asks, and comes back after a cut', async () => {
  server.greet = false
  start().connect()
  await server.until(() => server.accepted === 1)
  say({ type: 'connected', payload: { heartbeatInterval: 1_000, heartbeatTimeout: 5_000 } })
  await reached('connected')
  runtime.advance(1_000)
  await server.until(() => types().includes('ping'))
  server.cut()
  await reached('reconnecting')
  const told: unknown[] = []
  client.on('connected', (info) => told.push(info))
  server.greet = true
  client.connect()
  await reached('connected')
  expect(told).toHaveLength(1)
  expect(client.figures).toMatchObject({ reconnections: 1 })
})

test('what waits is not thrown into a socket that was opened only to be refused', async () => {
  server.greet = false
  start().send('chat_message', { message: {} })
  client.connect()
  await server.until(() => server.accepted === 1)
  say({ type: 'disconnected', payload: { code: 1013, reason: 'full', reconnect: true, retryAfterMs: 500 } })
  server.close(1013)
  await reached('reconnecting')
  server.greet = true
  runtime.advance(700)
  await server.until(() => server.received.length > 0)
  expect([types(), server.accepted]).toEqual([['chat_message'], 2])
})
