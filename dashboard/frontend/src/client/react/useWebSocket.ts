import { use, useCallback, useEffect, useRef, useSyncExternalStore } from 'react'
import { useStore } from 'zustand'
import type { ConnectionState } from '../connection'
import type { ClientFrame, ServerFrame, Topic } from '../messages'
import { defaultUrl, holdClient, sharedClient } from '../shared'
import { StoresContext } from './ClientProvider'
import { useStores } from './useStores'

export interface UseWebSocketOptions {
  /** The endpoint; by default the page's own server. */
  url?: string
  /** Connect on mount, true by default. */
  autoConnect?: boolean
  /** Bound of the first wait before coming back, ms. Decided by the provider, or the first component to ask. */
  reconnectInterval?: number
  /** Attempts before giving up, 0 (the default) for never. Decided by the provider, or the first component to ask. */
  maxReconnectAttempts?: number
  /** What to subscribe to while mounted. */
  subscriptions?: readonly Topic[]
  onMessage?: (message: ServerFrame) => void
  onConnect?: () => void
  onDisconnect?: () => void
  onError?: (error: Error) => void
}

export interface UseWebSocketReturn {
  readonly isConnected: boolean
  readonly isReconnecting: boolean
  readonly connectionState: ConnectionState
  /** The latest frame. Only a component that reads it is rendered for every frame. */
  readonly lastMessage: ServerFrame | null
  readonly error: Error | null
  connect: () => void
  disconnect: () => void
  subscribe: (types: Topic[]) => void
  unsubscribe: (types: Topic[]) => void
  send: (message: ClientFrame) => void
}

const NOTHING: readonly Topic[] = []

/** The page's one connection to `url`, shared with every other hook; what this component subscribed ends with it. */
export function useWebSocket(options: UseWebSocketOptions = {}): UseWebSocketReturn {
  const { url, autoConnect = true, subscriptions = NOTHING } = options
  const provided = use(StoresContext)
  if (url !== undefined || !provided) ensureClient(url ?? defaultUrl(), options)
  const { client, connection } = useStores(url)
  const state = useStore(connection, (snapshot) => snapshot.state)
  const error = useStore(connection, (snapshot) => snapshot.error)

  useListeners(client, options)
  const { subscribe, unsubscribe } = useTopics(client, subscriptions)
  useEffect(() => {
    if (autoConnect) client.connect()
  }, [client, autoConnect])

  const latest = useRef<ServerFrame | null>(null)
  const wanted = useRef(false)
  const watch = useCallback(
    (changed: () => void) => {
      latest.current = null // another connection, other frames
      return client.on('message', (frame) => {
        latest.current = frame
        if (wanted.current) changed()
      })
    },
    [client],
  )
  const read = () => (wanted.current ? latest.current : null)
  useSyncExternalStore(watch, read, read)

  return {
    isConnected: state === 'connected',
    isReconnecting: state === 'reconnecting',
    connectionState: state,
    get lastMessage() {
      wanted.current = true
      return latest.current
    },
    error,
    connect: useCallback(() => client.connect(), [client]),
    disconnect: useCallback(() => client.disconnect(), [client]),
    subscribe,
    unsubscribe,
    send: useCallback((message: ClientFrame) => client.send(message), [client]),
  }
}

type Client = ReturnType<typeof sharedClient>

function ensureClient(url: string, options: UseWebSocketOptions): void {
  const { reconnectInterval, maxReconnectAttempts } = options
  sharedClient({
    url,
    ...(reconnectInterval === undefined ? {} : { backoff: { base: reconnectInterval } }),
    ...(maxReconnectAttempts === undefined ? {} : { maxReconnectAttempts }),
  })
}

/** Callbacks may be new on every render without being registered anew. */
function useListeners(client: Client, options: UseWebSocketOptions): void {
  const latest = useRef(options)
  useEffect(() => {
    latest.current = options
  })
  useEffect(() => {
    let before = client.snapshot.state
    const stop = [
      holdClient(client),
      client.on('message', (frame) => latest.current.onMessage?.(frame)),
      client.on('error', (error) => latest.current.onError?.(error)),
      client.on('state', ({ state }) => {
        if (state === 'connected' && before !== 'connected') latest.current.onConnect?.()
        if (state !== 'connected' && before === 'connected') latest.current.onDisconnect?.()
        before = state
      }),
    ]
    return () => {
      for (const end of stop) end()
    }
  }, [client])
}

/** What this component holds, one release per topic. */
function useTopics(client: Client, subscriptions: readonly Topic[]) {
  const held = useRef(new Map<Topic, () => void>())
  const subscribe = useCallback(
    (types: readonly Topic[]) => {
      for (const type of types) if (!held.current.has(type)) held.current.set(type, client.subscribe([type]))
    },
    [client],
  )
  const unsubscribe = useCallback((types: readonly Topic[]) => {
    for (const type of types) {
      held.current.get(type)?.()
      held.current.delete(type)
    }
  }, [])
  // biome-ignore lint/correctness/useExhaustiveDependencies: going over to another `client` ends what was subscribed by hand, too.
  useEffect(() => {
    const topics = held.current
    return () => unsubscribe([...topics.keys()])
  }, [client, unsubscribe])
  const key = subscriptions.join(' ')
  useEffect(() => {
    const topics = key === '' ? [] : (key.split(' ') as Topic[])
    subscribe(topics)
    return () => unsubscribe(topics)
  }, [key, subscribe, unsubscribe])
  return { subscribe, unsubscribe }
}
