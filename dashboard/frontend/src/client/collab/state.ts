import type {
  ChatMessage,
  Participant,
  Run,
  SessionHead,
  SessionLimits,
  SessionRole,
  SessionStatePayload,
  TimelineEntry,
} from './messages'

/** Everything of a session that a page may want to show. */
export interface SessionState {
  participants: readonly Participant[]
  currentQuery: string
  queryAuthor: string | null
  /** Where somebody's cursor was last seen, as they sent it. */
  sharedCursor: { authorId: string; cursor: unknown } | null
  chatMessages: readonly ChatMessage[]

  /** True between the first `session_state` and the loss of the connection. */
  joined: boolean
  session: SessionHead | null
  you: string | null
  role: SessionRole | null
  /** Whether older messages can be had. */
  chatMore: boolean
  unread: number
  readNumber: number
  /** Who is typing a message, by participant. */
  typing: readonly string[]
  /** Newest first. */
  runs: readonly Run[]
  /** The newest happenings of this visit, oldest first. */
  timeline: readonly TimelineEntry[]
  limits: SessionLimits | null
  /** Edits that the server has not confirmed. */
  unsent: number
  /** Chat messages that the server has not confirmed, as they will look. */
  sending: readonly ChatMessage[]
  /** Grows when the document had to be given up for the server's: bind editors anew. */
  generation: number
}

export const EMPTY_STATE: SessionState = {
  participants: [],
  currentQuery: '',
  queryAuthor: null,
  sharedCursor: null,
  chatMessages: [],
  joined: false,
  session: null,
  you: null,
  role: null,
  chatMore: false,
  unread: 0,
  readNumber: 0,
  typing: [],
  runs: [],
  timeline: [],
  limits: null,
  unsent: 0,
  sending: [],
  generation: 0,
}

/** The state after (re)joining. Older messages that were fetched before stay. */
export function joinedState(before: SessionState, state: SessionStatePayload): Partial<SessionState> {
  const chatMessages = mergeMessages(before.chatMessages, state.chatMessages)
  const known = new Set(chatMessages.map(({ id }) => id))
  return {
    joined: true,
    session: state.session,
    you: state.you,
    role: state.role,
    participants: state.participants,
    queryAuthor: state.queryAuthor,
    chatMessages,
    chatMore: before.chatMessages.length > 0 ? before.chatMore : state.chatMore,
    unread: state.unread,
    readNumber: state.readNumber,
    typing: state.typing.filter((id) => id !== state.you),
    runs: [...state.runs].sort((a, b) => b.number - a.number),
    limits: state.limits,
    sending: before.sending.filter(({ id }) => !known.has(id)),
  }
}

/** Messages in the order of their numbers, each once; the later of two states of one message wins. */
export function mergeMessages(
  before: readonly ChatMessage[],
  more: readonly ChatMessage[],
): readonly ChatMessage[] {
  const byId = new Map([...before, ...more].map((message) => [message.id, message]))
  return [...byId.values()].sort((a, b) => a.number - b.number)
}

/** One more message, most often the newest. */
export function withMessage(state: SessionState, message: ChatMessage): Partial<SessionState> {
  const isNew = !state.chatMessages.some(({ id }) => id === message.id)
  const unread = isNew && message.authorId !== state.you && message.number > state.readNumber
  return {
    chatMessages: mergeMessages(state.chatMessages, [message]),
    sending: state.sending.filter(({ id }) => id !== message.id),
    typing: state.typing.filter((id) => id !== message.authorId),
    unread: state.unread + Number(unread),
  }
}

/** A run that began, or changed. */
export function withRun(runs: readonly Run[], run: Run): readonly Run[] {
  return [run, ...runs.filter(({ executionId }) => executionId !== run.executionId)].sort(
    (a, b) => b.number - a.number,
  )
}

export function withParticipant(
  participants: readonly Participant[],
  participant: Participant,
): readonly Participant[] {
  const known = participants.some(({ id }) => id === participant.id)
  return known
    ? participants.map((one) => (one.id === participant.id ? participant : one))
    : [...participants, participant]
}
