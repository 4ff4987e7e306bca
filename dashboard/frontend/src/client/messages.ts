import type { ServerMessage } from './protocol'

/** What can be subscribed to. */
export type Topic = 'status' | 'stats' | 'health' | 'config' | 'all'

/** The data of every event the server sends, by the event's name. */
export type ServerEvents = { [Message in ServerMessage as Message['event']]: Message['data'] }

/** The payload of every message of an endpoint, by its type. */
export type PayloadsOf<Message extends { type: string; payload: unknown }> = {
  [M in Message as M['type']]: M['payload']
}

export interface ServerFrame<E extends string = string> {
  id: string
  type: 'status' | 'stats' | 'health' | 'config' | 'system' | 'error'
  /** When the server built the frame, epoch ms. */
  timestamp: number
  event: E
  data: E extends keyof ServerEvents ? ServerEvents[E] : unknown
  /** From version 1.1 on. */
  version?: string
  /** From version 1.1 on. */
  metadata?: FrameMetadata
}

export interface FrameMetadata {
  /** The id of the message that this answers. */
  replyTo?: string
  /** Where the topic stands with this frame: opaque, good for `since`. */
  position?: string
  /** On `history_data` after a `since`: whether it brings all that was missed. */
  recovered?: boolean
}

export interface ClientFrame {
  id: string
  type: 'status' | 'stats' | 'health' | 'config' | 'system'
  timestamp: number
  direction: 'client-to-server'
  action: 'subscribe' | 'unsubscribe' | 'ping' | 'get_history' | 'ack'
  payload?: object
}

/**
 * Reads one text frame.
 *
 * @returns null when it is no message of this protocol.
 */
export function parseFrame(text: unknown): ServerFrame | null {
  if (typeof text !== 'string') return null
  try {
    const value: unknown = JSON.parse(text)
    return isFrame(value) ? value : null
  } catch {
    return null
  }
}

function isFrame(value: unknown): value is ServerFrame {
  if (typeof value !== 'object' || value === null) return false
  const frame = value as Partial<ServerFrame>
  return typeof frame.event === 'string' && typeof frame.type === 'string' && frame.data !== undefined
}

/** The topic that a frame is about, null for those of the connection itself. */
export function topicOf(frame: ServerFrame): string | null {
  if (isEvent(frame, 'history_data')) return frame.data.type
  return frame.type === 'system' || frame.type === 'error' ? null : frame.type
}

/** Narrows a frame to one event. */
export function isEvent<E extends keyof ServerEvents>(frame: ServerFrame, event: E): frame is ServerFrame<E> {
  return frame.event === event
}
