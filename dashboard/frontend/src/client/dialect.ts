import type { Dialect } from './connection'
import { isEvent, parseFrame, type ServerFrame } from './messages'
import type { ConnectedData, DisconnectedData } from './protocol'

/** `/ws`: connected when the server has said so. */
export const topicDialect: Dialect<ServerFrame> = {
  parse: parseFrame,
  greeting: (frame) => (isEvent(frame, 'connected') ? frame.data : null),
  farewell: (frame) => (isEvent(frame, 'disconnected') ? frame.data : null),
  opensConnected: false,
}

/** One message of an endpoint that speaks `{type, payload}`, either way. */
export interface EndpointMessage {
  type: string
  payload: unknown
  id?: string
  timestamp?: number
}

/** `/ws/query`, `/ws/collaboration/…`, `/ws/monitoring`: connected once open. */
export const endpointDialect: Dialect<EndpointMessage> = {
  parse: parseEndpointMessage,
  greeting: ({ type, payload }) => (type === 'connected' ? (payload as Partial<ConnectedData>) : null),
  farewell: ({ type, payload }) => (type === 'disconnected' ? (payload as DisconnectedData) : null),
  opensConnected: true,
}

function parseEndpointMessage(text: unknown): EndpointMessage | null {
  if (typeof text !== 'string') return null
  try {
    const value = JSON.parse(text) as Partial<EndpointMessage> | null
    if (typeof value !== 'object' || value === null || typeof value.type !== 'string') return null
    return { payload: {}, ...value, type: value.type }
  } catch {
    return null
  }
}
