import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { decodeBase64, encodeBase64 } from '../../src/client/collab/base64'
import { smallestEdit } from '../../src/client/collab/document'
import type { ChatMessage, CollaborationEvents, SessionStatePayload } from '../../src/client/collab/messages'
import { CollaborativeSession } from '../../src/client/collab/session'
import { Pipe } from '../client/pipe'

const ADA = { id: '1', name: 'ada', color: '#1259c3', colorLight: '#e5eefb', role: 'owner' } as const
const BOB = { id: '2', name: 'bob', color: '#12704c', colorLight: '#e4f3ec', role: 'editor' } as const

let pipe: Pipe<CollaborationEvents>
let session: CollaborativeSession
/** The document as the server has it. */
let server: Y.Doc

const state = () => session.store.getState()
const typed = (text: string) => session.text.insert(session.text.length, text)

function join(change: Partial<SessionStatePayload> = {}): void {
  pipe.say('session_state', {
    session: { id: 's', title: 'Incident', archived: false, context: null },
    you: '1',
    role: 'owner',
    participants: [ADA],
    query: server.getText('query').toString(),
    queryAuthor: null,
    chatMessages: [],
    chatMore: false,
    unread: 0,
    readNumber: 0,
    doc: encodeBase64(Y.encodeStateAsUpdate(server)),
    docSeq: 0,
    runs: [],
    number: 0,
    typing: [],
    cursors: {},
    awareness: null,
    limits: { textLength: 100_000, messageLength: 4_000, updateBytes: 1_000_000 },
    ...change,
  })
}

/** The server stores what came, and says so. */
function store(): void {
  const { id, payload } = pipe.last('doc_update')
  Y.applyUpdate(server, decodeBase64(payload.update as string))
  pipe.say('doc_saved', { id, seq: 1 })
}

function message(id: string, number: number, authorId = '2', content = id): ChatMessage {
  const rest = { editedAt: null, deleted: false, mentions: [], links: [] }
  return { id, number, authorId, authorName: 'bob', content, timestamp: 1, ...rest }
}

beforeEach(() => {
  pipe = new Pipe<CollaborationEvents>()
  session = new CollaborativeSession(pipe.endpoint)
  server = new Y.Doc()
  server.getText('query').insert(0, 'select 1')
  pipe.connect()
  join()
})

afterEach(() => session.destroy())

describe('the document', () => {
  test('is the server’s after joining', () => {
    expect([state().currentQuery, state().joined, state().unsent]).toEqual(['select 1', true, 0])
  })

  test('an edit counts as unsent until it is stored', () => {
    typed('0')
    expect(state().unsent).toBe(1)
    pipe.runtime.advance(20)
    expect(state().unsent).toBe(1)
    store()
    expect([state().unsent, server.getText('query').toString()]).toEqual([0, 'select 10'])
  })

  test('fast typing is one message', () => {
    const before = pipe.sent.length
    for (const letter of ' from hosts') typed(letter)
    pipe.runtime.advance(20)
    expect(pipe.sent.slice(before).filter(({ type }) => type === 'doc_update')).toHaveLength(1)
  })

  test('edits made offline merge with those of the others', () => {
    pipe.lose()
    typed(' from hosts')
    pipe.runtime.advance(50)
    expect([state().joined, state().unsent]).toEqual([false, 1])
    server.getText('query').insert(0, '/* bob */ ')
    pipe.connect()
    join()
    store()
    expect(state().currentQuery).toBe('/* bob */ select 1 from hosts')
    expect([server.getText('query').toString(), state().unsent]).toEqual([state().currentQuery, 0])
  })

  test('an edit whose confirmation was lost is sent again and changes nothing', () => {
    typed('!')
    pipe.runtime.advance(20)
    Y.applyUpdate(server, decodeBase64(pipe.last('doc_update').payload.update as string))
    pipe.cut()
    join()
    store()
    expect([server.getText('query').toString(), state().unsent]).toEqual(['select 1!', 0])
  })

  test('a server under load is asked again a second later', () => {
    typed('!')
    pipe.runtime.advance(20)
    const refused = pipe.last('doc_update').id
    pipe.refuse(refused, 'RATE_LIMITED')
    pipe.runtime.advance(1_100)
    expect(pipe.last('doc_update').id).not.toBe(refused)
    store()
    expect(server.getText('query').toString()).toBe('select 1!')
  })

  test('a document that is behind is asked for until it comes', () => {
    typed('!')
    pipe.runtime.advance(20)
    pipe.refuse(pipe.last('doc_update').id, 'DOC_OUT_OF_SYNC')
    pipe.refuse(pipe.last('get_state').id, 'RATE_LIMITED')
    pipe.runtime.advance(1_000)
    expect(pipe.sent.filter(({ type }) => type === 'get_state')).toHaveLength(2)
    join()
    store()
    expect([state().unsent, server.getText('query').toString()]).toEqual([0, 'select 1!'])
    session.destroy()
    pipe.endpoint.disconnect()
    expect(pipe.runtime.pending).toBe(0)
  })

  test('an edit that may not be stored gives way to the server’s text', () => {
    typed(' drop')
    pipe.runtime.advance(20)
    pipe.refuse(pipe.last('doc_update').id, 'UNAUTHORIZED')
    expect([state().generation, pipe.last('get_state').payload]).toEqual([1, {}])
    join({ role: 'viewer' })
    expect([state().currentQuery, state().unsent, state().role]).toEqual(['select 1', 0, 'viewer'])
  })

  test('a whole new query is the smallest edit', () => {
    expect(smallestEdit('select a from t', 'select abc from t')).toEqual({ from: 8, remove: 0, insert: 'bc' })
    expect(smallestEdit('aaa', 'aa')).toEqual({ from: 2, remove: 1, insert: '' })
    expect(smallestEdit('same', 'same')).toBeNull()
    session.updateQuery('select 2')
    expect(state().currentQuery).toBe('select 2')
  })
})

describe('people and chat', () => {
  test('people come and go, each once', () => {
    pipe.say('participant_joined', { participant: BOB })
    pipe.say('participant_joined', { participant: BOB })
    expect(state().participants.map(({ name }) => name)).toEqual(['ada', 'bob'])
    pipe.say('participant_left', { participantId: '2' })
    expect(state().participants).toEqual([ADA])
  })

  test('messages are in the order of their numbers, and those of others are unread', () => {
    pipe.say('chat_message', { message: message('b', 2) })
    pipe.say('chat_message', { message: message('a', 1) })
    pipe.say('chat_message', { message: message('b', 2) })
    expect([state().chatMessages.map(({ id }) => id), state().unread]).toEqual([['a', 'b'], 2])
    session.markRead(2)
    expect([state().unread, pipe.last('chat_read').payload]).toEqual([0, { number: 2 }])
  })

  test('a message that got no answer is sent again with its own id', () => {
    const id = session.sendChatMessage('hello')
    expect(state().sending.map(({ content }) => content)).toEqual(['hello'])
    pipe.cut()
    join()
    const sent = pipe.sent.filter(({ type }) => type === 'chat_message')
    expect(sent.map(({ payload }) => (payload.message as { id: string }).id)).toEqual([id, id])
    pipe.say('chat_message', { message: message(id, 1, '1') })
    expect([state().sending, state().unread]).toEqual([[], 0])
  })

  test('a message that the server had no time for is sent again a second later', () => {
    const id = session.sendChatMessage('hello')
    pipe.refuse(id, 'RATE_LIMITED')
    expect(state().sending).toHaveLength(1)
    pipe.runtime.advance(1_000)
    expect(pipe.sent.filter(({ type }) => type === 'chat_message').map((sent) => sent.id)).toEqual([id, id])
    pipe.refuse(id, 'MESSAGE_TOO_LONG')
    expect(state().sending).toEqual([])
  })

  test('typing is said once a second at most, and not of oneself', () => {
    for (let key = 0; key < 5; key += 1) session.setTyping(true)
    expect(pipe.sent.filter(({ type }) => type === 'typing')).toHaveLength(1)
    pipe.say('typing', { participantId: '1', typing: true })
    pipe.say('typing', { participantId: '2', typing: true })
    expect(state().typing).toEqual(['2'])
  })
})

test('a cursor reaches the others, and theirs vanish with the connection', () => {
  const other = new Y.Doc()
  session.updateCursor({ anchor: 1, head: 2 })
  pipe.runtime.advance(50)
  expect(pipe.last('awareness').payload.update).toBeTruthy()
  expect(session.awareness.getStates().size).toBe(1)
  other.destroy()
})
