/** The messages of `/ws/collaboration/<session>`. Times are epoch ms. */

export type SessionRole = 'owner' | 'editor' | 'viewer'

/** A person in the session, however many tabs they have. Name and colours come from the server. */
export interface Participant {
  id: string
  name: string
  color: string
  colorLight: string
  role: SessionRole
}

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

export interface SessionHead {
  id: string
  title: string
  archived: boolean
  context: SessionContext | null
}

export type ChatLink =
  | { kind: 'alert'; alertId: number; label?: string }
  | { kind: 'chart'; host: string; metric: string; from: number; to: number; label?: string }
  | { kind: 'execution'; executionId?: string; run?: number; label?: string }

export interface ChatMessage {
  id: string
  /** Place in the session's log; rises. */
  number: number
  authorId: string
  authorName: string
  content: string
  timestamp: number
  editedAt: number | null
  deleted: boolean
  mentions: { id: string; name: string }[]
  links: ChatLink[]
}

export type RunStatus = 'running' | 'completed' | 'failed' | 'cancelled'

/** One execution that everybody in the session sees. */
export interface Run {
  number: number
  executionId: string
  /** What lets a member fetch the result; null where the starter gave none. */
  share: string | null
  query: string
  startedBy: string
  startedByName: string
  status: RunStatus
  rows: number
  /** 0-100, null where the total is not known. */
  progress: number | null
  step: string | null
  startedAt: number
  endedAt: number | null
  elapsedMs: number | null
  error: string | null
  cancelledBy: string | null
}

export interface TimelineEntry {
  number: number
  kind: string
  actorId: string | null
  actorName: string
  timestamp: number
  data: Record<string, unknown>
}

export interface SessionLimits {
  textLength: number
  messageLength: number
  updateBytes: number
}

export interface SessionStatePayload {
  session: SessionHead
  you: string
  role: SessionRole
  participants: Participant[]
  query: string
  queryAuthor: string | null
  chatMessages: ChatMessage[]
  chatMore: boolean
  unread: number
  readNumber: number
  /** The whole document, a Yjs update in base64. */
  doc: string
  docSeq: number
  runs: Run[]
  number: number
  typing: string[]
  cursors: Record<string, unknown>
  /** The cursors in the document now, base64. */
  awareness: string | null
  limits: SessionLimits
}

export interface CollaborationEvents {
  session_state: SessionStatePayload
  doc_update: { update: string; seq: number; authorIds: string[] }
  doc_saved: { id: string; seq: number }
  awareness: { update: string }
  query_updated: { query: string; authorId: string; seq: number }
  cursor_moved: { cursor: unknown; authorId: string }
  participant_joined: { participant: Participant }
  participant_left: { participantId: string }
  participant_updated: { participant: Participant }
  role_changed: { role: SessionRole }
  session_updated: { session: SessionHead }
  chat_message: { message: ChatMessage }
  chat_updated: { message: ChatMessage }
  chat_read: { number: number }
  typing: { participantId: string; typing: boolean }
  run_started: { run: Run }
  run_progress: {
    executionId: string
    number: number
    rows: number
    progress: number | null
    step: string | null
  }
  run_finished: { run: Run }
  run_cancel: { executionId: string; number: number; participantId: string }
  timeline: { entry: TimelineEntry }
}
