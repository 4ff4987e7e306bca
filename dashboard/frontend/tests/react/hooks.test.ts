import { act, createElement } from 'react'
import { renderToString } from 'react-dom/server'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { PresenceClient } from '../../src/client/client'
import {
  ClientProvider,
  type UseWebSocketOptions,
  type UseWebSocketReturn,
  useConnectionQuality,
  useEndpoint,
  useHealth,
  useQueryExecution,
  useRawSocket,
  useStats,
  useStatus,
  useStreamingData,
  useThrottledWebSocket,
  useWebSocket,
} from '../../src/client/react'
import { sharedClient, sharedEndpoint } from '../../src/client/shared'
import { Wire } from '../client/wire'
import { status } from '../samples'
import { Host, type HostOptions, settled } from './host'

let wire: Wire
let client: PresenceClient
let serial = 0
let mounted: { unmount(): void }[]

/** Mounts a hook; it goes with the test. */
function mount<Props, Result>(hook: (props: Props) => Result, props: Props, options?: HostOptions) {
  const host = new Host(hook, props, options)
  mounted.push(host)
  return host
}

const listeners = () =>
  [...(client as unknown as { listeners: Map<string, Set<unknown>> }).listeners.values()].reduce(
    (count, set) => count + set.size,
    0,
  )
const tell = (name: string, data: unknown, more?: object) => act(() => wire.tell(name, data, more))
const accept = () => act(async () => wire.accept())
const lose = (code = 1006) => act(() => wire.close(code))

/** A wire of its own for each test, under an address of its own; hooks that name it share its client. */
function newWire(speaks: 'topics' | 'payloads'): string {
  serial += 1
  const url = `ws://wire/${serial}`
  wire = new Wire(speaks)
  if (speaks === 'topics') client = sharedClient({ url, runtime: wire.runtime })
  else sharedEndpoint({ url, runtime: wire.runtime })
  return url
}

beforeEach(() => {
  mounted = []
})

afterEach(async () => {
  for (const host of mounted) host.unmount()
  await settled()
})

describe('useWebSocket', () => {
  let url: string
  const use = (options: UseWebSocketOptions): UseWebSocketReturn => useWebSocket({ url, ...options })
  const asked = (action: string) => wire.payloads(action).flatMap((one) => (one as { types: string[] }).types)

  beforeEach(() => {
    url = newWire('topics')
  })

  test('connects and subscribes when it comes, and ends both when the last one goes', async () => {
    const first = mount(use, { subscriptions: ['status'] })
    const second = mount(use, { subscriptions: ['status'] })
    await accept()
    expect([first.result.isConnected, asked('subscribe')]).toEqual([true, ['status']])
    first.unmount()
    await settled()
    expect([client.snapshot.state, asked('unsubscribe')]).toEqual(['connected', []])
    second.unmount()
    await settled()
    expect([client.snapshot.state, wire.closed]).toEqual(['disconnected', [1000]])
  })

  test('costs one socket and one message in strict mode', async () => {
    const host = mount(use, { subscriptions: ['status'] }, { strict: true })
    await settled()
    await accept()
    expect([wire.runtime.opened.length, asked('subscribe')]).toEqual([1, ['status']])
    expect(host.result.connectionState).toBe('connected')
  })

  test('tells the server only what another render changes', async () => {
    const host = mount(use, { subscriptions: ['status'] })
    await accept()
    act(() => host.result.subscribe(['stats']))
    host.render({ subscriptions: ['status', 'health'] })
    await settled()
    expect([asked('subscribe'), asked('unsubscribe')]).toEqual([['status', 'stats', 'health'], []])
    host.render({ subscriptions: ['health'] })
    await settled()
    expect(asked('unsubscribe')).toEqual(['status'])
    act(() => host.result.unsubscribe(['stats']))
    await settled()
    expect(asked('unsubscribe')).toEqual(['status', 'stats'])
  })

  test('adds no listeners by rendering, and takes all away that it added', async () => {
    const before = listeners()
    const host = mount(use, { onMessage: () => undefined })
    const once = listeners()
    for (let count = 0; count < 20; count += 1) host.render({ onMessage: () => undefined })
    expect(listeners()).toBe(once)
    host.unmount()
    // What the stores listen to is theirs, and lives as long as the client.
    const rest = listeners()
    mount(use, {}).unmount()
    expect([listeners(), rest < once, before <= rest]).toEqual([rest, true, true])
  })

  test('calls back what the latest render gave, through a break', async () => {
    const told: string[] = []
    const as = (name: string): UseWebSocketOptions => ({
      onConnect: () => told.push(`${name} connected`),
      onDisconnect: () => told.push(`${name} disconnected`),
      onError: ({ message }) => told.push(`${name} ${message}`),
    })
    const host = mount(use, as('first'))
    await accept()
    host.render(as('second'))
    tell('error', { code: 'RATE_LIMITED', message: 'slow down' })
    expect(host.result.error).toMatchObject({ code: 'RATE_LIMITED' })
    lose()
    expect([host.result.isReconnecting, host.result.isConnected]).toEqual([true, false])
    act(() => wire.runtime.advance(1_500))
    await accept()
    expect(told).toEqual(['first connected', 'second slow down', 'second disconnected', 'second connected'])
    expect([host.result.isConnected, host.result.error]).toEqual([true, null])
  })

  test('is rendered for every frame only where the frame is looked at', async () => {
    const reads = mount((options: UseWebSocketOptions) => use(options).lastMessage?.event, {})
    const calm = mount(use, {})
    await accept()
    const { renders } = calm
    tell('pong', { timestamp: 1 })
    tell('stats_update', { stats: [] })
    expect([reads.result, calm.renders]).toEqual(['stats_update', renders])
  })

  test('stays away when told so, and goes when told so', async () => {
    const host = mount(use, { autoConnect: false })
    expect(wire.runtime.opened).toEqual([])
    act(() => host.result.connect())
    await accept()
    act(() => host.result.disconnect())
    host.render({ autoConnect: false })
    expect([host.result.connectionState, wire.runtime.opened.length]).toEqual(['disconnected', 1])
  })

  test('goes over to another address with all that it wants', async () => {
    const old = { url, client }
    const host = mount(
      (address: string) => useWebSocket({ url: address, subscriptions: ['status'] }),
      old.url,
    )
    await accept()
    const next = newWire('topics')
    host.render(next)
    await settled()
    await accept()
    expect([old.client.snapshot.state, client.snapshot.state]).toEqual(['disconnected', 'connected'])
    expect([asked('subscribe'), host.result.lastMessage?.event]).toEqual([['status'], 'connected'])
  })
})

describe('below a provider', () => {
  let around: HostOptions['around']

  beforeEach(() => {
    const url = newWire('topics')
    client = sharedClient({ url, runtime: wire.runtime, token: 'read-only' })
    around = ({ children }) => createElement(ClientProvider, { client, children })
  })

  test('readings come to those who asked for the host, and stay over a break', async () => {
    const host = mount(useStatus, 'b' as string | undefined, { around })
    act(() => client.connect())
    await accept()
    tell('status_update', { host: 'a', status: status(1, 20), changes: [], timestamp: 1 })
    expect(host.result).toMatchObject({ status: null, cpuUsage: 0, isConnected: true })
    host.render('a')
    expect(host.result).toMatchObject({ cpuUsage: 20, history: [{ timestamp: 1 }] })
    lose()
    expect(host.result).toMatchObject({ cpuUsage: 20, isConnected: false })
  })

  test('alerts and statistics come by themselves', async () => {
    const host = mount(() => ({ health: useHealth(), stats: useStats() }), null, { around })
    act(() => client.connect())
    await accept()
    expect(wire.payloads('subscribe')).toEqual([{ types: ['health', 'stats'] }])
    tell('history_data', { type: 'health', data: [] })
    const quiet = { total: 0, success: 0, error: 0, perSecond: 0 }
    tell('stats_update', { stats: [{ period: '1m', timestamp: 1, requests: quiet, latency: {} }] })
    expect(host.result.health).toMatchObject({ isLoaded: true, firing: 0 })
    expect(host.result.stats.of('1m')).toMatchObject({ requests: quiet })
  })

  test('the quality is measured while somebody looks', async () => {
    const host = mount(() => useConnectionQuality(), null, { around, strict: true })
    act(() => client.connect())
    await accept()
    const { id } = wire.sent.findLast(({ action }) => action === 'ping') ?? {}
    wire.runtime.time += 80
    await act(async () => wire.tell('pong', { timestamp: 1 }, { metadata: { replyTo: id } }))
    expect(host.result).toMatchObject({ latency: 80, stability: 'excellent' })
    host.unmount()
    const pings = wire.payloads('ping').length
    wire.runtime.advance(25_000)
    expect(wire.payloads('ping')).toHaveLength(pings)
  })

  test('a path is one of the provider’s server, and the token goes with it', () => {
    const away = sharedClient({ url: 'wss://presence.example.com/ws', token: 'read-only' })
    const there: HostOptions['around'] = ({ children }) =>
      createElement(ClientProvider, { client: away, children })
    const host = mount(() => useEndpoint('/ws/query', { autoConnect: false }), null, { around: there })
    expect(host.result.options).toEqual({ url: 'wss://presence.example.com/ws/query', token: 'read-only' })
  })

  test('another token is another connection, the same one is not', () => {
    const { url } = client.options
    expect(sharedClient({ url, token: 'read-only' })).toBe(client)
    expect(sharedClient({ url, token: 'another' })).not.toBe(client)
  })
})

describe('useRawSocket', () => {
  let url: string

  beforeEach(() => {
    url = newWire('payloads')
  })

  test('keeps what came last, and forgets it with the address', async () => {
    const host = mount((address: string) => useRawSocket(address), url, { strict: true })
    await accept()
    act(() => {
      for (let count = 1; count <= 250; count += 1) wire.tell('count', { count })
    })
    expect(host.result.messages).toHaveLength(200)
    expect(host.result.lastMessage).toMatchObject({ type: 'count', payload: { count: 250 } })
    host.render(newWire('payloads'))
    await settled()
    expect([host.result.messages, host.result.connectionState.connecting]).toEqual([[], true])
  })

  test('tells of a frame that is none, and goes on', async () => {
    const host = mount((address: string) => useRawSocket(address), url)
    await accept()
    act(() => wire.say('{'))
    expect(host.result.connectionState).toMatchObject({ connected: true, error: { code: 'PARSE_ERROR' } })
    lose()
    expect(host.result.connectionState).toMatchObject({ reconnecting: true, reconnectAttempt: 1 })
    act(() => wire.runtime.advance(1_500))
    await accept()
    expect(host.result.connectionState).toMatchObject({ connected: true, reconnectAttempt: 0, error: null })
  })

  test('sends now, or when it can', async () => {
    const host = mount((address: string) => useRawSocket(address), url)
    expect(host.result.sendMessage({ type: 'first' })).toBe(false)
    await accept()
    expect(host.result.sendMessage({ type: 'second', payload: { a: 1 } })).toBe(true)
    expect(wire.sent.map(({ type }) => type)).toEqual(['first', 'second'])
  })

  test('tries once more after the server has ended the session, for the cookie may have changed', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    const host = mount((address: string) => useRawSocket(address), url)
    await act(async () => wire.accept())
    lose(4001)
    expect(host.result.connectionState.connected).toBe(false)
    act(() => vi.advanceTimersByTime(2_000))
    expect(wire.runtime.opened).toHaveLength(2)
    lose(4001)
    act(() => vi.advanceTimersByTime(50_000))
    expect(wire.runtime.opened).toHaveLength(2)
    vi.useRealTimers()
  })
})

describe('useQueryExecution and useStreamingData', () => {
  const use = (address: string) => ({ run: useQueryExecution(address), rows: useStreamingData(address) })
  const started = { executionId: 'e', timestamp: 5, query: 'q', source: null, user: 'ada', queued: false }

  test('show one run, through a break', async () => {
    const host = mount(use, newWire('payloads'), { strict: true })
    await settled()
    expect(() => host.result.run.executeQuery('select 1')).toThrow(/no connection/)
    await accept()
    act(() => host.result.run.executeQuery('select 1'))
    const [{ clientId }] = wire.payloads('execute_query') as [{ clientId: string }]
    tell('query_started', { ...started, attached: false, clientId })
    tell('data_stream_start', { executionId: 'e', columns: [{ name: 'n', type: 'integer' }], totalRows: 2 })
    tell('data_chunk', { executionId: 'e', seq: 1, data: [[1]] })
    expect([host.result.rows.getAllData(), host.result.rows.getProgress()]).toEqual([[[1]], 50])
    lose()
    act(() => wire.runtime.advance(1_500))
    await accept()
    expect(wire.payloads('attach')).toMatchObject([{ executionId: 'e', seq: 1 }])
    tell('query_cancelled', { executionId: 'e', timestamp: 9, reason: 'user' })
    expect(host.result.run.queryState).toMatchObject({ executing: false, currentStep: 'cancelled' })
    expect(host.result.run.cancelQuery()).toBe(false)
  })

  test('a run that is watched before there is a connection is asked for once', async () => {
    const host = mount(use, newWire('payloads'))
    act(() => host.result.run.attachQuery('e', 'share'))
    await accept()
    expect(wire.payloads('attach')).toEqual([
      { executionId: 'e', share: 'share', seq: 0, rowFormat: 'array' },
    ])
  })
})

describe('useThrottledWebSocket', () => {
  let frames: Map<number, (now: number) => void>
  const draw = (now: number) => {
    const due = [...frames.values()]
    frames.clear()
    for (const frame of due) frame(now)
  }

  beforeEach(() => {
    frames = new Map()
    let last = 0
    vi.stubGlobal('requestAnimationFrame', (run: (now: number) => void) => {
      last += 1
      frames.set(last, run)
      return last
    })
    vi.stubGlobal('cancelAnimationFrame', (id: number) => frames.delete(id))
  })

  afterEach(() => {
    vi.unstubAllGlobals()
  })

  test('shows the newest of many, at most once in the time', () => {
    const host = mount(useThrottledWebSocket, 100)
    const seen: number[] = []
    for (const value of [1, 2, 3]) host.result.throttledUpdate(value, (newest) => seen.push(newest))
    draw(1_000)
    host.result.throttledUpdate(4, (newest) => seen.push(newest))
    draw(1_050)
    expect(seen).toEqual([3])
    draw(1_100)
    expect([seen, frames.size]).toEqual([[3, 4], 0])
  })

  test('shows nothing once it is gone, and works again when it is shown again', async () => {
    const { Activity } = await import('react')
    let mode: 'visible' | 'hidden' = 'visible'
    const around: HostOptions['around'] = ({ children }) => createElement(Activity, { mode, children })
    const host = mount(useThrottledWebSocket, 0, { around })
    const seen: number[] = []
    host.result.throttledUpdate(1, (value) => seen.push(value))
    mode = 'hidden'
    host.render(0)
    expect(frames.size).toBe(0)
    mode = 'visible'
    host.render(0)
    host.result.throttledUpdate(2, (value) => seen.push(value))
    draw(1)
    expect(seen).toEqual([2])
  })
})

test('every hook can be rendered on a server, where nothing connects', () => {
  function Page() {
    const { connectionState } = useWebSocket({ subscriptions: ['status'] })
    const { isLoaded } = useStatus()
    const { firing } = useHealth()
    const { stats } = useStats()
    const { stability } = useConnectionQuality()
    const { messages } = useRawSocket('/ws/monitoring')
    const { queryState } = useQueryExecution()
    const { streamingData } = useStreamingData()
    const { receivedRows } = streamingData
    const shown = [connectionState, isLoaded, firing, stats.length, stability, messages.length]
    return [...shown, queryState.executing, receivedRows].join(' ')
  }
  expect(renderToString(createElement(Page))).toBe('disconnected false 0 0 good 0 false 0')
})
