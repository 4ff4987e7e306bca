/** The hook for shared sessions, apart from the others because it needs `yjs` and `y-protocols`. */

export type * from '../collab/messages'
export { CollaborativeSession } from '../collab/session'
export type { SessionState } from '../collab/state'
export { type UseCollaborativeSessionReturn, useCollaborativeSession } from './useCollaborativeSession'
