import { useCallback, useEffect, useRef } from 'react'
import { useStore } from 'zustand'
import type { Run, RunStatus } from '../client/collab/messages'
import type { CollaborativeSession } from '../client/collab/session'
import { QueriesApi } from '../client/query/api'
import type { QueryExecution, QueryState } from '../client/query/execution'
import { useStores } from '../client/react'

const REPORT_EVERY_MS = 250
/** How long the starter has to say that a run ended, before somebody else who saw it does. */
const STAND_IN_MS = 3_000

export interface SharedRun {
  /** The newest run of the session, null before the first. */
  run: Run | null
  /** Stops it for everybody. */
  cancel: () => boolean
}

/**
 * One run for all: what is started here is announced to the session, and what others started is watched here.
 *
 * Rows do not go through the session: each page fetches them by the execution, with the share that came with the run.
 */
export function useSharedRun(session: CollaborativeSession, execution: QueryExecution): SharedRun {
  const run = useStore(session.store, ({ runs }) => runs[0] ?? null)
  const you = useStore(session.store, (state) => state.you)
  const mayEdit = useStore(session.store, ({ role }) => role === 'owner' || role === 'editor')
  useAnnouncement(session, execution)
  useWatching(session, execution, run)

  const ended = useStore(execution.store, ({ query }) => (query.executing ? null : outcomeOf(query)))
  const shown = useStore(execution.store, ({ query }) => query.executionId)
  useEffect(() => {
    if (run?.status !== 'running' || run.executionId !== shown || ended === null || !mayEdit) return
    const report = () => {
      const { query } = execution.store.getState()
      const elapsed = query.result?.elapsedMs ?? null
      session.finishRun(
        run.executionId,
        ended,
        query.result?.rows ?? query.rows,
        elapsed,
        query.error?.message,
      )
    }
    const timer = setTimeout(report, run.startedBy === you ? 0 : STAND_IN_MS)
    return () => clearTimeout(timer)
  }, [run, shown, ended, mayEdit, you, session, execution])

  useEffect(
    () =>
      session.endpoint.on('run_cancel', ({ executionId }) => {
        if (execution.store.getState().query.executionId === executionId) execution.cancel()
      }),
    [session, execution],
  )
  const cancel = useCallback(() => {
    const current = session.store.getState().runs[0]
    if (current?.status !== 'running') return execution.cancel()
    session.cancelRun(current.executionId)
    return true
  }, [session, execution])
  return { run, cancel }
}

/** Tells the session of what was started here, with a share that lets its members watch and cancel. */
function useAnnouncement(session: CollaborativeSession, execution: QueryExecution): void {
  const { api } = useStores()
  useEffect(() => {
    const queries = new QueriesApi(api)
    const announced = new Set<string>()
    // The console has the same execution: what was run there is nobody else's business.
    const before = execution.store.getState().query
    const elsewhere = new Set([before.executionId])
    let unnamed = before.executing && before.executionId === null
    let reportedAt = 0
    return execution.store.subscribe(({ query, stream }) => {
      const { executionId, executing, attached } = query
      if (executionId === null || attached) return
      if (unnamed) elsewhere.add(executionId)
      unnamed = false
      const known = session.store.getState().runs.some((run) => run.executionId === executionId)
      if (elsewhere.has(executionId) && !known) return
      if (!known && !announced.has(executionId)) {
        announced.add(executionId)
        queries
          .shareBegun(executionId, true)
          .then(({ share }) => share)
          .catch(() => null)
          .then((share) => session.announceRun({ executionId, share, query: query.query }))
      }
      const now = Date.now()
      if (!executing || now - reportedAt < REPORT_EVERY_MS) return
      reportedAt = now
      session.reportRun(
        executionId,
        Math.max(query.rows, stream.receivedRows),
        query.progress,
        query.currentStep,
      )
    })
  }, [session, execution, api])
}

/** Watches the newest run, unless it was started on this page. */
function useWatching(session: CollaborativeSession, execution: QueryExecution, run: Run | null): void {
  const seen = useRef<string | null>(null)
  const id = run?.executionId ?? null
  const share = run?.share ?? null
  const joined = useStore(session.store, (state) => state.joined)
  useEffect(() => {
    if (!joined || id === null || share === null || seen.current === id) return
    seen.current = id
    if (execution.store.getState().query.executionId !== id) execution.attach(id, share)
  }, [joined, id, share, execution])

  // Another run was under way: ours steps back, and the other one is shown.
  useEffect(
    () =>
      session.endpoint.on('error', ({ code, details }) => {
        if (code !== 'RUN_ACTIVE') return
        execution.cancel()
        const active = session.store.getState().runs.find(({ number }) => number === details.number)
        if (active?.share) execution.attach(active.executionId, active.share)
      }),
    [session, execution],
  )
}

function outcomeOf({ result, error, cancelled }: QueryState): RunStatus | null {
  if (result) return 'completed'
  if (cancelled) return 'cancelled'
  return error ? 'failed' : null
}
