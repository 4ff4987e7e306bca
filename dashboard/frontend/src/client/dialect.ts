import type { Dialect } from './connection'
import { isEvent, parseFrame, type ServerFrame } from './messages'
import type { ConnectedData, DisconnectedData } from './protocol'

/** `/ws`. */
export const topicDialect: Dialect<ServerFrame> = {
  parse: parseFrame,
  greeting: (frame) => (isEvent(frame, 'connected') ? frame.data : null),
  farewell: (frame) => (isEvent(frame, 'disconnected') ? frame.data : null),
}

/** One message of an endpoint that speaks `{type, payload}`, either way. */
export interface EndpointMessage {
  type: string
  payload: unknown
  id?: string
  timestamp?: number
}

/** `/ws/query`, `/ws/collaboration/…`, `/ws/monitoring`. */
export const endpointDialect: Dialect<EndpointMessage> = {
  parse: parseEndpointMessage,
  greeting: ({ type, payload }) => (type === 'connected' ? (payload as Partial<ConnectedData>) : null),
  farewell: ({ type, payload }) => (type === 'disconnected' ? (payload as DisconnectedData) : null),
}

function parseEndpointMessage(text: unknown): EndpointMessage | null {
  if (typeof text !== 'string') return null
  try {
    const value = JSON.parse(text) as Partial<EndpointMessage> | null
    if (typeof value !== 'object' || value === null || typeof value.type !== 'string') return null
    return { ...value, type: value.type, payload: value.payload ?? {} }
  } catch {
    return null
  }
}
