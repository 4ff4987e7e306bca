import { useCallback } from 'react'
import { useStore } from 'zustand'
import type { ConnectionSnapshot } from '../connection'
import { executionFor, type QueryExecution, type QueryState } from '../query/execution'
import type { QueryEvents, QueryOptions } from '../query/messages'
import { useConnection, useEndpoint } from './useEndpoint'

export const QUERY_PATH = '/ws/query'

export interface UseQueryExecutionReturn {
  queryState: QueryState
  connectionState: ConnectionSnapshot
  /** Runs a query; throws a `PresenceError` `DISCONNECTED` without a connection. */
  executeQuery: (query: string, options?: QueryOptions) => void
  /** Returns whether there was something to cancel. */
  cancelQuery: () => boolean
  /** Watches an execution that runs already, or that has ended a short time ago. */
  attachQuery: (executionId: string, share?: string) => void
}

/** The page's execution itself, for those who need more than its state. */
export function useExecution(address: string = QUERY_PATH): QueryExecution {
  return executionFor(useEndpoint<QueryEvents>(address))
}

/** The page's query: its state while it runs, and how to start and stop one. Rows come with `useStreamingData`. */
export function useQueryExecution(address: string = QUERY_PATH): UseQueryExecutionReturn {
  const execution = useExecution(address)
  const queryState = useStore(execution.store, ({ query }) => query)
  const connectionState = useConnection(execution.endpoint)
  return {
    queryState,
    connectionState,
    executeQuery: useCallback((query, options) => execution.execute(query, options), [execution]),
    cancelQuery: useCallback(() => execution.cancel(), [execution]),
    attachQuery: useCallback((id, share) => execution.attach(id, share), [execution]),
  }
}
