import * as Y from 'yjs'
import type { PresenceError } from '../errors'
import { newId, type Runtime } from '../runtime'
import { decodeBase64, encodeBase64 } from './base64'

/** How the document reaches the server: false when there is no connection. */
export type SendUpdate = (update: string, id: string) => boolean

export interface DocumentOptions {
  runtime: Runtime
  send: SendUpdate
  /** Asks for a fresh `session_state`. */
  askState: () => void
  /** Called whenever `unsent` may have changed. */
  changed: () => void
}

/** Origin of changes that came from the server. */
export const REMOTE = 'remote'

const GATHER_MS = 15
const RETRY_MS = 1_000
const RETRIED = new Set(['RATE_LIMITED', 'INTERNAL_ERROR'])
const BEHIND = 'DOC_OUT_OF_SYNC'

/**
 * One shared text and its way to the server and back.
 *
 * An edit counts as unsent until the server says that it is stored. What was edited without a connection goes out, as
 * one difference, after the next `joined`.
 */
export class SharedDocument {
  readonly doc = new Y.Doc()
  readonly text = this.doc.getText('query')
  private waiting: Uint8Array[] = []
  private readonly sent = new Map<string, Uint8Array>()
  private live = false
  private timer: unknown = null

  constructor(private readonly options: DocumentOptions) {
    this.doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin !== REMOTE) this.edited(update)
    })
  }

  /** How many edits the server has not confirmed. */
  get unsent(): number {
    return this.waiting.length + this.sent.size
  }

  /** After each connection, with the document as the server has it. */
  joined(state: string): void {
    const theirs = decodeBase64(state)
    Y.applyUpdate(this.doc, theirs, REMOTE)
    const behind = this.unsent > 0
    this.live = true
    this.sent.clear()
    this.waiting = behind ? [Y.encodeStateAsUpdate(this.doc, Y.encodeStateVectorFromUpdate(theirs))] : []
    this.flush()
  }

  left(): void {
    this.live = false
    this.options.changed()
  }

  /** An edit of somebody, or of oneself coming back: applying it twice changes nothing. */
  receive(update: string): void {
    Y.applyUpdate(this.doc, decodeBase64(update), REMOTE)
  }

  saved(id: string | null): void {
    if (id !== null) this.sent.delete(id)
    this.options.changed()
  }

  /**
   * What the server said against a message.
   *
   * @returns 'lost' where the edit can never be stored: then this document is to be thrown away.
   */
  refused(id: string, error: PresenceError): 'ours' | 'lost' | 'other' {
    const update = this.sent.get(id)
    if (!update) return 'other'
    if (error.code === BEHIND) {
      this.live = false
      this.options.askState()
      return 'ours'
    }
    if (!RETRIED.has(error.code)) return 'lost'
    this.sent.delete(id)
    this.waiting.unshift(update)
    this.plan(RETRY_MS)
    return 'ours'
  }

  destroy(): void {
    this.options.runtime.clearTimer(this.timer)
    this.doc.destroy()
  }

  private edited(update: Uint8Array): void {
    this.waiting.push(update)
    this.plan(GATHER_MS)
    this.options.changed()
  }

  /** Typing fast costs a message for each 15 ms, not for each key. */
  private plan(ms: number): void {
    const { runtime } = this.options
    if (this.timer !== null) return
    this.timer = runtime.setTimer(() => {
      this.timer = null
      this.flush()
    }, ms)
  }

  private flush(): void {
    if (this.live && this.waiting.length > 0) {
      const update =
        this.waiting.length === 1 ? (this.waiting[0] as Uint8Array) : Y.mergeUpdates(this.waiting)
      const id = newId()
      if (this.options.send(encodeBase64(update), id)) {
        this.sent.set(id, update)
        this.waiting = []
      }
    }
    this.options.changed()
  }
}

/** The smallest single replacement that turns `before` into `after`, in UTF-16 units; null where nothing differs. */
export function smallestEdit(
  before: string,
  after: string,
): { from: number; remove: number; insert: string } | null {
  if (before === after) return null
  const most = Math.min(before.length, after.length)
  let start = 0
  while (start < most && before[start] === after[start]) start += 1
  let end = 0
  while (end < most - start && before.at(-1 - end) === after.at(-1 - end)) end += 1
  return { from: start, remove: before.length - start - end, insert: after.slice(start, after.length - end) }
}
