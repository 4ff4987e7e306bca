import {
  Awareness,
  applyAwarenessUpdate,
  encodeAwarenessUpdate,
  removeAwarenessStates,
} from 'y-protocols/awareness'
import { createStore, type StoreApi } from 'zustand/vanilla'
import type { EndpointClient } from '../endpoint'
import type { PresenceError } from '../errors'
import { newId } from '../runtime'
import { decodeBase64, encodeBase64 } from './base64'
import { REMOTE, SharedDocument, smallestEdit } from './document'
import type { ChatLink, ChatMessage, CollaborationEvents, RunStatus, SessionStatePayload } from './messages'
import {
  EMPTY_STATE,
  joinedState,
  mergeMessages,
  type SessionState,
  withMessage,
  withParticipant,
  withRun,
} from './state'

export type CollaborationEndpoint = EndpointClient<CollaborationEvents>

const AWARENESS_MS = 40
const TYPING_MS = 1_000
const TIMELINE_KEPT = 200
/** ms after which a message goes out again that the server had no time for. */
const AGAIN_MS = 1_000
/** Refusals that say nothing about what was said. */
const PASSING: ReadonlySet<string> = new Set(['RATE_LIMITED', 'INTERNAL_ERROR'])

/**
 * One shared session over one connection: the document, the people, the chat and the runs.
 *
 * The document is Yjs's; bind an editor to `text` and `awareness`, and anew when `generation` in the state changes.
 */
export class CollaborativeSession {
  readonly store: StoreApi<SessionState> = createStore<SessionState>(() => EMPTY_STATE)
  private document: SharedDocument
  private cursors: Awareness
  private awarenessTimer: unknown = null
  private againTimer: unknown = null
  /** True from the question for the whole state to its answer. */
  private asking = false
  private typedAt = Number.NEGATIVE_INFINITY
  private readonly stop: (() => void)[]

  constructor(readonly endpoint: CollaborationEndpoint) {
    this.document = this.newDocument()
    this.cursors = this.newAwareness()
    this.stop = [...this.listen(), ...this.listenToPeople()]
  }

  get text() {
    return this.document.text
  }

  get awareness(): Awareness {
    return this.cursors
  }

  /** Stops listening; the connection itself belongs to whoever made it. */
  destroy(): void {
    for (const end of this.stop) end()
    this.cursors.destroy()
    this.document.destroy()
    // Last: the cursors plan to say that they are gone, which the end of the connection says for them.
    this.endpoint.runtime.clearTimer(this.awarenessTimer)
    this.endpoint.runtime.clearTimer(this.againTimer)
  }

  /** Replaces the whole query by the smallest edit, so that others' cursors stay where they are. */
  updateQuery(query: string): void {
    const edit = smallestEdit(this.text.toString(), query)
    if (!edit) return
    this.document.doc.transact(() => {
      this.text.delete(edit.from, edit.remove)
      this.text.insert(edit.from, edit.insert)
    }, this)
  }

  /** Says where one's cursor is, for pages that do not bind an editor. */
  updateCursor(cursor: unknown): void {
    this.cursors.setLocalStateField('cursor', cursor)
  }

  /** Returns the message's id. It is kept and sent again until the server has it. */
  sendChatMessage(content: string, links: readonly ChatLink[] = []): string {
    const id = newId()
    this.store.setState(({ sending }) => ({ sending: [...sending, this.draft(id, content, links)] }))
    this.endpoint.send('chat_message', { message: { id, content, links } }, { id, keep: false })
    this.typedAt = Number.NEGATIVE_INFINITY
    return id
  }

  editMessage(id: string, content: string): void {
    this.endpoint.send('edit_message', { id, content })
  }

  deleteMessage(id: string): void {
    this.endpoint.send('delete_message', { id })
  }

  /** Call on every key: at most one message a second goes out. */
  setTyping(typing: boolean): void {
    const now = this.endpoint.runtime.now()
    if (typing && now - this.typedAt < TYPING_MS) return
    if (!typing && this.typedAt === Number.NEGATIVE_INFINITY) return
    this.typedAt = typing ? now : Number.NEGATIVE_INFINITY
    this.endpoint.send('typing', { typing }, { keep: false })
  }

  /** Everything up to message `number` has been seen. */
  markRead(number: number): void {
    const { readNumber, unread } = this.store.getState()
    if (number <= readNumber && unread === 0) return
    this.store.setState({ readNumber: Math.max(readNumber, number), unread: 0 })
    this.endpoint.send('chat_read', { number }, { keep: false })
  }

  /** Older messages, fetched over HTTP, are put before those that are here. */
  addOlder(messages: readonly ChatMessage[], more: boolean): void {
    this.store.setState(({ chatMessages }) => ({
      chatMessages: mergeMessages(messages, chatMessages),
      chatMore: more,
    }))
  }

  announceRun(run: { executionId: string; share: string | null; query: string; source?: string }): void {
    this.endpoint.send('run_started', run, { id: `run-${run.executionId}` })
  }

  reportRun(executionId: string, rows: number, progress: number | null, step: string): void {
    this.endpoint.send('run_progress', { executionId, rows, progress, step }, { keep: false })
  }

  finishRun(
    executionId: string,
    status: RunStatus,
    rows: number,
    elapsedMs: number | null,
    error?: string,
  ): void {
    this.endpoint.send('run_finished', {
      executionId,
      status,
      rows,
      ...(elapsedMs === null ? {} : { elapsedMs }),
      ...(error ? { error } : {}),
    })
  }

  cancelRun(executionId: string): void {
    this.endpoint.send('cancel_run', { executionId })
  }

  private newDocument(): SharedDocument {
    return new SharedDocument({
      runtime: this.endpoint.runtime,
      send: (update, id) => this.endpoint.send('doc_update', { update }, { id, keep: false }),
      askState: () => this.askState(),
      changed: () => this.documentChanged(),
    })
  }

  private newAwareness(): Awareness {
    const awareness = new Awareness(this.document.doc)
    awareness.on('update', (_: unknown, origin: unknown) => {
      if (origin !== REMOTE) this.planAwareness()
    })
    this.document.text.observe(() => this.store.setState({ currentQuery: this.text.toString() }))
    return awareness
  }

  private documentChanged(): void {
    // Called first while the document is being made.
    this.store?.setState({ unsent: this.document?.unsent ?? 0 })
  }

  private listen(): (() => void)[] {
    const { endpoint, store } = this
    return [
      endpoint.on('session_state', (state) => this.joined(state)),
      endpoint.on('state', ({ state }) => {
        if (state !== 'connected') this.left()
      }),
      endpoint.on('doc_update', ({ update, authorIds }) => {
        this.document.receive(update)
        const queryAuthor = authorIds.at(-1)
        if (queryAuthor) store.setState({ queryAuthor })
      }),
      endpoint.on('doc_saved', ({ id }) => this.document.saved(id)),
      endpoint.on('awareness', ({ update }) => this.receiveAwareness(update)),
      endpoint.on('cursor_moved', (sharedCursor) => store.setState({ sharedCursor })),
      endpoint.on('error', (error) => this.refused(error)),
      endpoint.on('role_changed', ({ role }) => store.setState({ role })),
      endpoint.on('session_updated', ({ session }) => store.setState({ session })),
      endpoint.on('run_started', ({ run }) => store.setState(({ runs }) => ({ runs: withRun(runs, run) }))),
      endpoint.on('run_finished', ({ run }) => store.setState(({ runs }) => ({ runs: withRun(runs, run) }))),
      endpoint.on('run_progress', ({ executionId, rows, progress, step }) =>
        store.setState(({ runs }) => ({
          runs: runs.map((run) => (run.executionId === executionId ? { ...run, rows, progress, step } : run)),
        })),
      ),
    ]
  }

  private listenToPeople(): (() => void)[] {
    const { endpoint, store } = this
    const put = ({ participant }: CollaborationEvents['participant_joined']) =>
      store.setState(({ participants }) => ({ participants: withParticipant(participants, participant) }))
    return [
      endpoint.on('participant_joined', put),
      endpoint.on('participant_updated', put),
      endpoint.on('participant_left', ({ participantId }) =>
        store.setState(({ participants, typing }) => ({
          participants: participants.filter(({ id }) => id !== participantId),
          typing: typing.filter((id) => id !== participantId),
        })),
      ),
      endpoint.on('chat_message', ({ message }) => store.setState((state) => withMessage(state, message))),
      endpoint.on('chat_updated', ({ message }) =>
        store.setState(({ chatMessages }) => ({
          chatMessages: chatMessages.map((one) => (one.id === message.id ? message : one)),
        })),
      ),
      endpoint.on('chat_read', ({ number }) =>
        store.setState(({ readNumber }) => (number < readNumber ? {} : { readNumber: number, unread: 0 })),
      ),
      endpoint.on('typing', ({ participantId, typing: now }) =>
        store.setState(({ typing, you }) => {
          const others = typing.filter((id) => id !== participantId)
          return { typing: now && participantId !== you ? [...others, participantId] : others }
        }),
      ),
      endpoint.on('timeline', ({ entry }) =>
        store.setState(({ timeline }) => ({
          timeline: [...timeline.filter(({ number }) => number !== entry.number), entry].slice(
            -TIMELINE_KEPT,
          ),
        })),
      ),
    ]
  }

  private joined(state: SessionStatePayload): void {
    this.asking = false
    this.store.setState((before) => joinedState(before, state))
    this.announce()
    this.document.joined(state.doc)
    this.store.setState({ currentQuery: this.text.toString() })
    if (state.awareness) this.receiveAwareness(state.awareness)
    this.sendWaiting()
  }

  /** A message may have been stored although its answer was lost: its id keeps it from being stored twice. */
  private sendWaiting(): void {
    for (const { id, content, links } of this.store.getState().sending) {
      this.endpoint.send('chat_message', { message: { id, content, links } }, { id, keep: false })
    }
  }

  private askState(): void {
    this.asking = this.endpoint.send('get_state', {}, { keep: false })
  }

  private left(): void {
    this.asking = false // the next connection brings it anyway
    if (!this.store.getState().joined) return
    this.document.left()
    const others = [...this.cursors.getStates().keys()].filter((id) => id !== this.cursors.clientID)
    removeAwarenessStates(this.cursors, others, REMOTE)
    this.store.setState({ joined: false, typing: [] })
  }

  private refused(error: PresenceError): void {
    const id = String(error.details.replyTo ?? '')
    if (id === '') return
    const whose = this.document.refused(id, error)
    if (whose === 'lost') this.startOver()
    else if (PASSING.has(error.code)) this.planAgain()
    // Refused for good: a message that is too long, or an archived session.
    else this.store.setState(({ sending }) => ({ sending: sending.filter((message) => message.id !== id) }))
  }

  private planAgain(): void {
    const { runtime } = this.endpoint
    runtime.clearTimer(this.againTimer)
    this.againTimer = runtime.setTimer(() => {
      if (this.asking) this.askState()
      this.sendWaiting()
    }, AGAIN_MS)
  }

  /** Gives up this document for the server's. */
  private startOver(): void {
    this.cursors.destroy()
    this.document.destroy()
    this.document = this.newDocument()
    this.cursors = this.newAwareness()
    this.store.setState(({ generation }) => ({ generation: generation + 1, unsent: 0, currentQuery: '' }))
    this.askState()
  }

  private receiveAwareness(update: string): void {
    applyAwarenessUpdate(this.cursors, decodeBase64(update), REMOTE)
  }

  private planAwareness(): void {
    if (this.awarenessTimer !== null) return
    this.awarenessTimer = this.endpoint.runtime.setTimer(() => {
      this.awarenessTimer = null
      this.announce()
    }, AWARENESS_MS)
  }

  private announce(): void {
    if (!this.store.getState().joined) return
    const update = encodeAwarenessUpdate(this.cursors, [this.cursors.clientID])
    this.endpoint.send('awareness', { update: encodeBase64(update) }, { keep: false })
  }

  private draft(id: string, content: string, links: readonly ChatLink[]): ChatMessage {
    const { you, participants } = this.store.getState()
    return {
      id,
      number: Number.MAX_SAFE_INTEGER,
      authorId: you ?? '',
      authorName: participants.find((one) => one.id === you)?.name ?? '',
      content,
      timestamp: this.endpoint.runtime.now(),
      editedAt: null,
      deleted: false,
      mentions: [],
      links: [...links],
    }
  }
}
