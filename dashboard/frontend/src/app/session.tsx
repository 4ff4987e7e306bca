import { createContext, use } from 'react'
import type { SessionUser } from '../client/api'
import type { Boot } from './boot'

export interface SessionContextValue {
  boot: Boot
  user: SessionUser
  /** Forgets who this is: because they asked (`ended: false`) or because the server did. */
  leave: (ended: boolean) => void
}

export const SessionContext = createContext<SessionContextValue | null>(null)

/** Who is signed in; only below the sign-in page. */
export function useSession(): SessionContextValue {
  const session = use(SessionContext)
  if (!session) throw new Error('useSession without a session')
  return session
}
