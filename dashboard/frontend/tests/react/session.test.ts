import { Activity, act, createElement } from 'react'
import { afterEach, beforeEach, expect, test } from 'vitest'
import * as Y from 'yjs'
import { encodeBase64 } from '../../src/client/collab/base64'
import { useCollaborativeSession } from '../../src/client/react/collaboration'
import { defaultUrl, sharedEndpoint } from '../../src/client/shared'
import { Wire } from '../client/wire'
import { Host, type HostOptions, settled } from './host'

let wire: Wire

function state(query: string): object {
  const doc = new Y.Doc()
  doc.getText('query').insert(0, query)
  return {
    session: { id: 's', title: 'Incident', archived: false, context: null },
    you: '1',
    role: 'editor',
    participants: [],
    query,
    queryAuthor: null,
    chatMessages: [],
    chatMore: false,
    unread: 0,
    readNumber: 0,
    doc: encodeBase64(Y.encodeStateAsUpdate(doc)),
    docSeq: 1,
    runs: [],
    number: 0,
    typing: [],
    cursors: {},
    awareness: null,
    limits: { textLength: 1_000, messageLength: 100, updateBytes: 1_000 },
  }
}

async function join(query: string): Promise<void> {
  await act(async () => wire.accept())
  act(() => wire.tell('session_state', state(query)))
}

beforeEach(() => {
  wire = new Wire('payloads')
  sharedEndpoint({ url: defaultUrl('/ws/collaboration/a%2Fb'), runtime: wire.runtime })
})

let hosts: Host<string, ReturnType<typeof useCollaborativeSession>>[] = []

function mount(strict = false, around?: HostOptions['around']) {
  const options = { strict, ...(around ? { around } : {}) }
  const host = new Host<string, ReturnType<typeof useCollaborativeSession>>(
    useCollaborativeSession,
    'a/b',
    options,
  )
  hosts.push(host)
  return host
}

afterEach(async () => {
  for (const host of hosts) host.unmount()
  hosts = []
  await settled()
})

test('a session is one for all who show it, and keeps what was typed offline', async () => {
  const [editor, chat] = [mount(true), mount(true)]
  await settled()
  await join('select 1')
  expect(editor.result.session).toBe(chat.result.session)
  act(() => wire.close(1006))
  act(() => editor.result.updateQuery('select 12'))
  act(() => chat.result.sendChatMessage('hello'))
  expect(chat.result.sessionState).toMatchObject({ joined: false, currentQuery: 'select 12', unsent: 1 })
  act(() => wire.runtime.advance(1_500))
  await join('select 1')
  expect([wire.payloads('doc_update').length, wire.payloads('chat_message')]).toEqual([
    1,
    [{ message: { id: expect.any(String), content: 'hello', links: [] } }],
  ])
})

test('a session ends with the last who shows it, and another one begins for the next', async () => {
  const first = mount()
  await join('select 1')
  const { session } = first.result
  first.unmount()
  hosts = []
  await settled()
  expect([wire.closed, wire.runtime.pending]).toEqual([[1000], 0])
  sharedEndpoint({ url: defaultUrl('/ws/collaboration/a%2Fb'), runtime: wire.runtime })
  const second = mount()
  await join('select 2')
  expect(second.result.session).not.toBe(session)
  expect(second.result.sessionState.currentQuery).toBe('select 2')
})

test('a session that React has hidden and shows again is a living one', async () => {
  let mode: 'visible' | 'hidden' = 'visible'
  const host = mount(false, ({ children }) => createElement(Activity, { mode, children }))
  await join('select 1')
  mode = 'hidden'
  host.render('a/b')
  await settled()
  expect(wire.closed).toEqual([1000])
  mode = 'visible'
  host.render('a/b')
  await join('select 2')
  expect(host.result.sessionState).toMatchObject({ joined: true, currentQuery: 'select 2' })
  act(() => host.result.updateQuery('select 3'))
  act(() => wire.runtime.advance(20))
  expect(wire.payloads('doc_update')).toHaveLength(1)
})
