import { useCallback, useEffect, useMemo } from 'react'
import { useStore } from 'zustand'
import type { CollaborationEvents } from '../collab/messages'
import { CollaborativeSession } from '../collab/session'
import type { SessionState } from '../collab/state'
import type { ConnectionSnapshot } from '../connection'
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

const sessions = new Map<Endpoint, { session: CollaborativeSession; users: number }>()

/** One session per connection, shared by every hook on it; it ends with the last of them. */
function useSessionOf(endpoint: Endpoint): CollaborativeSession {
  const entry = useMemo(() => {
    const known = sessions.get(endpoint) ?? { session: new CollaborativeSession(endpoint), users: 0 }
    sessions.set(endpoint, known)
    return known
  }, [endpoint])
  useEffect(() => {
    entry.users += 1
    return () => {
      entry.users -= 1
      // React mounts, unmounts and mounts again in one go: that must not cost what was edited offline.
      setTimeout(() => {
        if (entry.users > 0) return
        sessions.delete(endpoint)
        entry.session.destroy()
      }, 0)
    }
  }, [endpoint, entry])
  return entry.session
}
