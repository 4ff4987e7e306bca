import { useCallback, useEffect, useState } from 'react'
import type { EndpointMessage } from '../dialect'
import { useConnection, useEndpoint } from './useEndpoint'

/** Most messages kept; older ones are let go. */
export const KEPT_MESSAGES = 200

export interface RawConnectionState {
  connected: boolean
  connecting: boolean
  reconnecting: boolean
  /** Attempts since the connection was lost; 0 while it stands. */
  reconnectAttempt: number
  /** The last trouble; null after the next good connection. */
  error: Error | null
}

export interface UseRawSocketReturn {
  connectionState: RawConnectionState
  /** The last 200 messages, oldest first. */
  messages: readonly EndpointMessage[]
  lastMessage: EndpointMessage | null
  /** Returns whether it went out at once; else it waits for the next connection. */
  sendMessage: (message: { type: string; payload?: object; id?: string }) => boolean
  connect: () => void
  disconnect: () => void
}

/**
 * An endpoint that speaks `{type, payload}`, with every message kept in the component's state: simple, for tools and
 * first steps. What handles many messages listens with `useEndpoint` instead.
 */
export function useRawSocket(address: string): UseRawSocketReturn {
  const client = useEndpoint(address)
  const snapshot = useConnection(client)
  const [messages, setMessages] = useState<readonly EndpointMessage[]>([])
  const [error, setError] = useState<Error | null>(null)
  useEffect(() => {
    // Another address, other messages.
    setMessages((all) => (all.length === 0 ? all : []))
    setError(null)
    const stop = [
      client.on('message', (message) => setMessages((all) => [...all, message].slice(-KEPT_MESSAGES))),
      client.on('error', setError),
      client.on('connected', () => setError(null)),
    ]
    return () => {
      for (const end of stop) end()
    }
  }, [client])
  return {
    connectionState: {
      connected: snapshot.state === 'connected',
      connecting: snapshot.state === 'connecting',
      reconnecting: snapshot.state === 'reconnecting',
      reconnectAttempt: snapshot.attempt,
      error,
    },
    messages,
    lastMessage: messages.at(-1) ?? null,
    sendMessage: useCallback(
      ({ type, payload, id }) => client.send(type, payload, id === undefined ? {} : { id }),
      [client],
    ),
    connect: useCallback(() => client.connect(), [client]),
    disconnect: useCallback(() => client.disconnect(), [client]),
  }
}
