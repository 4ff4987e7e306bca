import { useCallback, useEffect, useReducer } from 'react'
import { useStore } from 'zustand'
import type { CollaborationEvents } from '../collab/messages'
import { CollaborativeSession } from '../collab/session'
import type { SessionState } from '../collab/state'
import type { ConnectionSnapshot } from '../connection'
import { Holders } from '../holders'
import { useConnection, useEndpoint } from './useEndpoint'

export interface UseCollaborativeSessionReturn {
  sessionState: SessionState
  connectionState: ConnectionSnapshot
  /** Replaces the query by the smallest edit. */
  updateQuery: (query: string) => void
  updateCursor: (position: unknown) => void
  sendChatMessage: (message: string) => void
  /** Everything else: the document to bind an editor to, runs, editing messages. */
  session: CollaborativeSession
}

/**
 * A shared session: its people, its query, its chat.
 *
 * Edits made without a connection are kept as long as the page lives, and merged when it is back.
 */
export function useCollaborativeSession(sessionId: string): UseCollaborativeSessionReturn {
  const endpoint = useEndpoint<CollaborationEvents>(`/ws/collaboration/${encodeURIComponent(sessionId)}`)
  const session = useSessionOf(endpoint)
  return {
    sessionState: useStore(session.store),
    connectionState: useConnection(endpoint),
    updateQuery: useCallback((query) => session.updateQuery(query), [session]),
    updateCursor: useCallback((position) => session.updateCursor(position), [session]),
    sendChatMessage: useCallback((message) => void session.sendChatMessage(message), [session]),
    session,
  }
}

type Endpoint = CollaborativeSession['endpoint']

const sessions = new Map<Endpoint, { session: CollaborativeSession; holders: Holders }>()

/** One session per connection, shared by every hook on it; it ends with the last of them. */
function useSessionOf(endpoint: Endpoint): CollaborativeSession {
  const [, renew] = useReducer((count: number) => count + 1, 0)
  const entry = sessions.get(endpoint) ?? begin(endpoint)
  useEffect(() => {
    // React may hide a component, which ends this one, and show it again as it was.
    if (sessions.get(endpoint) !== entry) renew()
    return entry.holders.hold()
  }, [endpoint, entry])
  return entry.session
}

function begin(endpoint: Endpoint) {
  const session = new CollaborativeSession(endpoint)
  const holders = Holders.lazy(() => {
    sessions.delete(endpoint)
    session.destroy()
  })
  const entry = { session, holders }
  sessions.set(endpoint, entry)
  return entry
}
