import { afterEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { Api } from '../../src/client/api'
import { PresenceClient } from '../../src/client/client'
import { EndpointClient } from '../../src/client/endpoint'
import { qualityMonitor } from '../../src/client/quality'
import { browserRuntime, type SocketLike } from '../../src/client/runtime'
import { createAlerts } from '../../src/store/alerts'
import { Polling } from '../../src/store/polling'

const address = process.env.PRESENCE_ADDRESS ?? ''
const token = process.env.PRESENCE_TOKEN ?? ''
const socketAddress = address.replace('http', 'ws')
const runtime = {
  ...browserRuntime,
  createSocket: (url: string, protocols: string[]) => new WebSocket(url, protocols) as unknown as SocketLike,
}
const api = new Api({ base: `${address}/api/v1`, token, csrfToken: () => '' })
const opened: { disconnect(): void }[] = []

function open(more: { token?: string } = { token }): PresenceClient {
  const client = new PresenceClient({ url: `${socketAddress}/ws`, runtime, ...more })
  opened.push(client)
  return client
}

/** Resolves with the data of the next event of that name. */
function next<E extends Parameters<PresenceClient['on']>[0]>(client: PresenceClient, event: E) {
  return new Promise<unknown>((resolve) => {
    const stop = client.on(event, (data) => {
      stop()
      resolve(data)
    })
  })
}

afterEach(() => {
  for (const client of opened.splice(0)) client.disconnect()
})

test('it follows a machine, asks, measures, and resumes where it was after a break', async () => {
  const client = open()
  const gaps: unknown[] = []
  client.on('gap', (gap) => gaps.push(gap))
  client.subscribe(['status', 'stats', 'health', 'config'])
  client.connect()
  expect(await next(client, 'connected')).toMatchObject({ protocolVersion: '1.1' })
  const first = (await next(client, 'status_update')) as { timestamp: number }
  expect((await client.history('status', 3)).length).toBeGreaterThan(0)
  expect(await client.ping()).toBeLessThan(30_000)
  await expect(client.request('get_history', { type: 'weather', limit: 1 })).rejects.toMatchObject({
    code: 'INVALID_TYPE',
  })
  client.disconnect()
  client.connect()
  const history = (await next(client, 'history_data')) as { type: string; data: { timestamp: number }[] }
  expect(history.type).toBe('status')
  expect(history.data.every(({ timestamp }) => timestamp > first.timestamp)).toBe(true)
  expect(gaps).toEqual([])
})

test('a wrong token is told, for good', async () => {
  const client = open({ token: 'wrong' })
  client.connect()
  expect(await next(client, 'disconnected')).toMatchObject({ code: 4001, reconnect: false })
  expect(client.snapshot.state).toBe('disconnected')
})

test('an endpoint of type and payload answers and refuses by id', async () => {
  const url = `${socketAddress}/ws/monitoring`
  const endpoint = new EndpointClient({ url, token, runtime })
  opened.push(endpoint)
  endpoint.connect()
  await new Promise((resolve) => endpoint.on('connected', resolve))
  expect((await endpoint.request('ping')).type).toBe('pong')
  await expect(endpoint.request('dance')).rejects.toMatchObject({ code: 'UNKNOWN_ACTION' })
  await expect(endpoint.request('client_metrics', { packetsLost: 7 })).rejects.toMatchObject({
    code: 'INVALID_MESSAGE',
  })
  expect(endpoint.send('client_metrics', { client: 'real', latency: 12, quality: 'good' })).toBe(true)
  expect((await endpoint.request('ping')).type).toBe('pong')
})

test('the quality of a real connection is measured', async () => {
  const client = open()
  const monitor = qualityMonitor(client)
  const measured = new Promise((resolve) =>
    monitor.on('change', ({ latency }) => latency !== null && resolve(0)),
  )
  const letGo = monitor.hold()
  client.connect()
  await measured
  expect(monitor.quality.samples).toHaveLength(1)
  letGo()
})

test('live numbers come over HTTP while no socket gets through', async () => {
  const blocked = {
    ...runtime,
    createSocket: () => new WebSocket('ws://127.0.0.1:9/') as unknown as SocketLike,
  }
  const client = new PresenceClient({ url: 'ws://127.0.0.1:9/', runtime: blocked })
  opened.push(client)
  const letGo = new Polling(client, api, createAlerts(client)).hold()
  client.connect()
  expect(await next(client, 'status_update')).toMatchObject({ changes: [] })
  letGo()
})
