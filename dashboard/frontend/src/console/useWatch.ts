import { useCallback, useEffect, useRef } from 'react'
import type { QueryExecution } from '../client/query/execution'

/**
 * Attaches to an execution, and calls `onQuery` with its statement once it is known. Another run in its place, or
 * leaving the page, ends the wait.
 */
export function useWatch(
  execution: QueryExecution,
  onQuery: (query: string) => void,
): (id: string, share?: string) => void {
  const latest = useRef(onQuery)
  useEffect(() => {
    latest.current = onQuery
  })
  const stop = useRef(() => {})
  useEffect(() => () => stop.current(), [])
  return useCallback(
    (id, share) => {
      stop.current()
      execution.attach(id, share)
      stop.current = execution.store.subscribe(({ query }) => {
        if (query.executionId === id && query.executing && query.query === '') return
        stop.current()
        if (query.executionId === id && query.query !== '') latest.current(query.query)
      })
    },
    [execution],
  )
}
