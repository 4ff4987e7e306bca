import type { PayloadsOf } from '../messages'
import type {
  DataChunk,
  QueryCancelled,
  QueryProblem,
  QueryProgress,
  QueryResult,
  QueryServerMessage,
  QueryOptions as WireOptions,
} from '../protocol'
import type { WireRow } from './cells'

/** The messages of `/ws/query`. Times are epoch ms. */

export type { QueryResult } from '../protocol'

export type QueryStep = QueryProgress['step']
export type Truncated = QueryResult['truncated']
export type QueryError = QueryProblem
export type CancelReason = QueryCancelled['reason']
export type ParameterValue = string | number | boolean | null

/** How to run a query; rows always come as arrays. */
export type QueryOptions = Omit<WireOptions, 'rowFormat'>

export interface QueryEvents extends Omit<PayloadsOf<QueryServerMessage>, 'data_chunk'> {
  data_chunk: Omit<DataChunk, 'data'> & { data: WireRow[] }
}
