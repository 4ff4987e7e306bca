import { createStore, type StoreApi } from 'zustand/vanilla'
import type { EndpointMessage } from '../dialect'
import type { EndpointClient } from '../endpoint'
import { PresenceError } from '../errors'
import { newId } from '../runtime'
import type { CancelReason, QueryError, QueryEvents, QueryOptions, QueryResult, QueryStep } from './messages'
import { Rows } from './rows'

export type QueryEndpoint = EndpointClient<QueryEvents>

export interface QueryState {
  executing: boolean
  /** 0-100; null where the total is not known. */
  progress: number | null
  /** What the server does now; empty before the first run. */
  currentStep: QueryStep | 'completed' | 'failed' | 'cancelled' | ''
  result: QueryResult | null
  error: QueryError | null
  executionId: string | null
  /** Epoch ms on the server's clock. */
  startTime: number | null
  endTime: number | null
  query: string
  source: number | null
  /** Rows that the server has counted out so far. */
  rows: number
  /** Place in the queue, null unless queued. */
  position: number | null
  cancelled: { reason: CancelReason; by: string | null } | null
  /** True when somebody else's run is watched. */
  attached: boolean
}

export interface StreamState {
  /** Null where the server does not know it. */
  totalRows: number | null
  receivedRows: number
  completed: boolean
  error: string | null
  /** Grows with everything that changes `rows`. */
  version: number
}

export interface RunState {
  query: QueryState
  stream: StreamState
}

const IDLE: QueryState = {
  executing: false,
  progress: 0,
  currentStep: '',
  result: null,
  error: null,
  executionId: null,
  startTime: null,
  endTime: null,
  query: '',
  source: null,
  rows: 0,
  position: null,
  cancelled: null,
  attached: false,
}
const NOTHING: StreamState = { totalRows: null, receivedRows: 0, completed: false, error: null, version: 0 }

/** Rows are shown at most this often; the first are shown at once, and of many nobody can follow each step. */
const SHOW_EVERY_MS = 60
const MANY_ROWS = 2_000
const SHOW_MANY_EVERY_MS = 250

/**
 * The one execution that a page shows: started here, or attached to.
 *
 * Each chunk is acknowledged once it is stored. After a lost connection a running execution is attached to again at the
 * chunk that came last, so that nothing comes twice and nothing is missing.
 */
export class QueryExecution {
  readonly store: StoreApi<RunState> = createStore<RunState>(() => ({ query: IDLE, stream: NOTHING }))
  readonly rows = new Rows()
  private clientId = ''
  private attachId = ''
  private share: string | undefined
  private cancelWanted = false
  private timer: unknown = null
  private readonly stop: (() => void)[]

  constructor(readonly endpoint: QueryEndpoint) {
    this.stop = this.listen()
  }

  destroy(): void {
    for (const end of this.stop) end()
    this.endpoint.runtime.clearTimer(this.timer)
  }

  /**
   * Runs `query`; a run of this page that is under way is replaced.
   *
   * @throws PresenceError `DISCONNECTED`: a query that starts by itself minutes later would surprise people.
   */
  execute(query: string, options: QueryOptions = {}): void {
    const { source = null, parameters, ...rest } = options
    const clientId = newId()
    const message = {
      query,
      source,
      ...(parameters ? { parameters } : {}),
      options: { rowFormat: 'array', ...rest },
      clientId,
    }
    if (!this.endpoint.send('execute_query', message, { id: clientId, keep: false })) {
      throw new PresenceError('DISCONNECTED', 'there is no connection to run the query over')
    }
    this.begin({ query, source, executing: true, progress: null, currentStep: 'starting' })
    this.clientId = clientId
  }

  /** Watches an execution, with a share where it is somebody else's. Its rows come from the first one on. */
  attach(executionId: string, share?: string): void {
    this.begin({ executionId, executing: true, progress: null, currentStep: 'starting', attached: true })
    this.share = share
    this.sendAttach()
  }

  /** Stops the run on the server. Returns whether there was one to stop. */
  cancel(): boolean {
    const { executionId, executing } = this.store.getState().query
    if (!executing) return false
    this.cancelWanted = executionId === null
    if (executionId === null) return true // as soon as the server has said which one it is
    return this.endpoint.send('cancel_query', { executionId }, { keep: false })
  }

  private begin(change: Partial<QueryState>): void {
    this.rows.start([], null)
    this.clientId = ''
    this.attachId = ''
    this.share = undefined
    this.cancelWanted = false
    this.store.setState({
      query: { ...IDLE, ...change },
      stream: { ...NOTHING, version: this.rows.version },
    })
  }

  /** Without a connection it is said as soon as there is one, see `connected`. */
  private sendAttach(): void {
    const { executionId } = this.store.getState().query
    this.attachId = newId()
    const share = this.share === undefined ? {} : { share: this.share }
    const message = { executionId, ...share, seq: this.rows.lastSeq, rowFormat: 'array' }
    this.endpoint.send('attach', message, { id: this.attachId, keep: false })
  }

  private listen(): (() => void)[] {
    const { endpoint } = this
    return [
      endpoint.on('connected', () => this.connected()),
      endpoint.on('state', ({ state }) => {
        if (state === 'disconnected') this.fail({ code: 'DISCONNECTED', message: 'the connection has ended' })
      }),
      endpoint.on('message', (message) => this.refused(message)),
      endpoint.on('query_started', (started) => this.started(started)),
      endpoint.on('query_progress', ({ executionId, progress, step, rows, position = null }) =>
        this.change(executionId, { progress, currentStep: step, rows, position }),
      ),
      endpoint.on('data_stream_start', (start) => this.streamStarted(start)),
      endpoint.on('data_chunk', (chunk) => this.chunk(chunk)),
      endpoint.on('data_stream_complete', ({ executionId }) => {
        if (this.isOurs(executionId)) this.show({ completed: true })
      }),
      endpoint.on('data_stream_error', ({ executionId, error }) => {
        if (this.isOurs(executionId)) this.show({ completed: true, error })
      }),
      endpoint.on('query_completed', (completed) => this.completed(completed)),
      endpoint.on('query_error', ({ executionId, clientId, timestamp, error }) => {
        const refused = executionId === null && (clientId === undefined || clientId === this.clientId)
        if (refused || this.isOurs(executionId)) this.fail(error, timestamp)
      }),
      endpoint.on('query_cancelled', ({ executionId, timestamp, reason, by = null }) => {
        const cancelled = { reason, by }
        this.end(executionId, { currentStep: 'cancelled', cancelled, endTime: timestamp })
      }),
    ]
  }

  private isOurs(executionId: string | null): boolean {
    return executionId !== null && executionId === this.store.getState().query.executionId
  }

  private change(executionId: string, change: Partial<QueryState>): void {
    if (!this.isOurs(executionId)) return
    this.store.setState(({ query }) => ({ query: { ...query, ...change } }))
  }

  private connected(): void {
    const { executing, executionId } = this.store.getState().query
    if (!executing) return
    if (executionId !== null) this.sendAttach()
    else this.fail({ code: 'DISCONNECTED', message: 'the connection was lost before the query started' })
  }

  private started(started: QueryEvents['query_started']): void {
    const { executionId, timestamp, query, source, attached, queued, clientId } = started
    const known = this.isOurs(executionId)
    if (!known && (this.clientId === '' || clientId !== this.clientId)) return
    this.store.setState((state) => ({
      query: {
        ...state.query,
        executionId,
        query: attached ? query : state.query.query,
        source,
        startTime: timestamp,
        currentStep: queued ? 'queued' : state.query.currentStep,
      },
    }))
    if (this.cancelWanted) this.cancel()
  }

  /** After a reconnect the stream starts again, at the chunk that was missing. */
  private streamStarted({ executionId, columns, totalRows }: QueryEvents['data_stream_start']): void {
    if (!this.isOurs(executionId)) return
    if (this.rows.lastSeq === 0) this.rows.start(columns, totalRows)
    this.show({ totalRows })
  }

  private chunk({ executionId, seq, data }: QueryEvents['data_chunk']): void {
    if (!this.isOurs(executionId)) return
    const first = this.rows.length === 0
    this.rows.push(seq, data)
    this.endpoint.send('ack', { executionId, seq }, { keep: false })
    if (first) this.show({})
    else this.planShow()
  }

  private completed({ executionId, timestamp, result }: QueryEvents['query_completed']): void {
    if (!this.isOurs(executionId)) return
    // What a column holds is known for sure only now, where the database declares no types.
    this.rows.columns = result.columns
    this.rows.version += 1
    const change = {
      currentStep: 'completed',
      progress: 100,
      result,
      rows: result.rows,
      endTime: timestamp,
    } as const
    this.end(executionId, change)
  }

  private end(executionId: string, change: Partial<QueryState>): void {
    if (!this.isOurs(executionId)) return
    this.show({ completed: true })
    this.change(executionId, { ...change, executing: false, position: null })
  }

  private fail(error: QueryError, endTime: number | null = null): void {
    if (!this.store.getState().query.executing) return
    this.show({ completed: true })
    this.store.setState(({ query }) => ({
      query: { ...query, executing: false, currentStep: 'failed', error, endTime, position: null },
    }))
  }

  /** An `attach` that was refused: the rows are gone, or the share is. */
  private refused({ type, id, payload }: EndpointMessage): void {
    if (type !== 'error' || id === undefined || (id !== this.attachId && id !== this.clientId)) return
    const { code = 'INTERNAL_ERROR', message = '' } = payload as Partial<QueryError>
    this.fail({ code, message })
  }

  private planShow(): void {
    if (this.timer !== null) return
    const every = this.rows.length > MANY_ROWS ? SHOW_MANY_EVERY_MS : SHOW_EVERY_MS
    this.timer = this.endpoint.runtime.setTimer(() => this.show({}), every)
  }

  private show(change: Partial<StreamState>): void {
    this.endpoint.runtime.clearTimer(this.timer)
    this.timer = null
    const now = { receivedRows: this.rows.length, version: this.rows.version }
    this.store.setState(({ stream }) => ({ stream: { ...stream, ...now, ...change } }))
  }
}

const executions = new WeakMap<object, QueryExecution>()

/** The page's one execution over a connection, shared by every hook on it. */
export function executionFor(endpoint: QueryEndpoint): QueryExecution {
  let execution = executions.get(endpoint)
  if (!execution) {
    execution = new QueryExecution(endpoint)
    executions.set(endpoint, execution)
  }
  return execution
}
