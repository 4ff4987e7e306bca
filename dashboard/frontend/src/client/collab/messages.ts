import type { PayloadsOf } from '../messages'
import type {
  ChatMessage,
  CollaborationServerMessage,
  Limits,
  Participant,
  Run,
  SessionInfo,
  SessionState,
} from '../protocol'

/** The messages of `/ws/collaboration/<session>`. Times are epoch ms. */

export type { ChatMessage, Participant, Run, TimelineEntry } from '../protocol'

export type SessionRole = Participant['role']
export type ChatLink = ChatMessage['links'][number]
export type RunStatus = Run['status']
export type SessionLimits = Limits

/** What a session was opened from. */
export interface SessionContext {
  alertId?: number
  host?: string
  component?: string
  level?: string
  message?: string
  metric?: string
  from?: number
  to?: number
  executionId?: string
  source?: string
}

export interface SessionHead extends Omit<SessionInfo, 'context'> {
  context: SessionContext | null
}

export interface SessionStatePayload extends Omit<SessionState, 'session'> {
  session: SessionHead
}

type Plain = PayloadsOf<CollaborationServerMessage>

export interface CollaborationEvents extends Omit<Plain, 'session_state' | 'session_updated'> {
  session_state: SessionStatePayload
  session_updated: { session: SessionHead }
}
