import type { WireRow } from './cells'
import type { Column } from './rows'

/** The messages of `/ws/query`. Times are epoch ms. */

export type QueryStep = 'queued' | 'starting' | 'counting' | 'running' | 'streaming'

export type Truncated = false | 'rows' | 'bytes'

export interface QueryResult {
  columns: Column[]
  rows: number
  /** Which limit ended the result early. */
  truncated: Truncated
  elapsedMs: number
}

export interface QueryError {
  code: string
  message: string
  /** 1-based character of the query. */
  position?: number
}

export type CancelReason = 'user' | 'replaced' | 'disconnected' | 'shutdown' | 'admin'

export type ParameterValue = string | number | boolean | null

export interface QueryOptions {
  /** Id of a data source; null is the built-in history. */
  source?: number | null
  /** Values for the `:name`s of the statement. */
  parameters?: Record<string, ParameterValue>
  /** Count first, so that progress is a share of the whole. */
  countRows?: boolean
  timeoutMs?: number
  maxRows?: number
}

export interface QueryEvents {
  query_started: {
    executionId: string
    timestamp: number
    query: string
    source: number | null
    user: string
    queued: boolean
    attached: boolean
    clientId?: string
  }
  query_progress: {
    executionId: string
    progress: number | null
    step: QueryStep
    rows: number
    /** Place in the queue. */
    position?: number
  }
  data_stream_start: { executionId: string; columns: Column[]; totalRows: number | null }
  data_chunk: { executionId: string; seq: number; data: WireRow[] }
  data_stream_complete: { executionId: string; rows: number; truncated: Truncated }
  data_stream_error: { executionId: string; error: string }
  query_completed: { executionId: string; timestamp: number; result: QueryResult }
  query_error: { executionId: string | null; timestamp: number; error: QueryError; clientId?: string }
  query_cancelled: { executionId: string; timestamp: number; reason: CancelReason; by?: string }
}
