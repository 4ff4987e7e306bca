import { beforeEach, describe, expect, test } from 'vitest'
import { executionFor, type QueryExecution } from '../../src/client/query/execution'
import type { QueryEvents } from '../../src/client/query/messages'
import type { Column } from '../../src/client/query/rows'
import { Pipe } from '../client/pipe'

const COLUMNS: Column[] = [{ name: 'n', type: 'integer' }]
let pipe: Pipe<QueryEvents>
let execution: QueryExecution

const query = () => execution.store.getState().query
const stream = () => execution.store.getState().stream
const acks = () => pipe.sent.filter(({ type }) => type === 'ack').map(({ payload }) => payload.seq)

function start(executionId = 'e1', clientId = pipe.last('execute_query').payload.clientId as string): void {
  const started = { query: 'select 1', source: null, user: 'ada', queued: false, attached: false }
  pipe.say('query_started', { executionId, timestamp: 5, clientId, ...started })
}

function chunk(seq: number, ...values: number[]): void {
  pipe.say('data_chunk', { executionId: 'e1', seq, data: values.map((value) => [value]) })
}

function complete(rows: number): void {
  pipe.say('data_stream_complete', { executionId: 'e1', rows, truncated: false })
  const result = { columns: COLUMNS, rows, truncated: false, elapsedMs: 3 } as const
  pipe.say('query_completed', { executionId: 'e1', timestamp: 8, result })
}

beforeEach(() => {
  pipe = new Pipe<QueryEvents>()
  execution = executionFor(pipe.endpoint)
  pipe.connect()
})

describe('a run', () => {
  test('goes from start over rows to its end, and acknowledges each chunk', () => {
    execution.execute('select 1', { countRows: true })
    expect(query()).toMatchObject({ executing: true, executionId: null })
    start()
    pipe.say('query_progress', { executionId: 'e1', progress: 40, step: 'streaming', rows: 1 })
    pipe.say('data_stream_start', { executionId: 'e1', columns: COLUMNS, totalRows: 2 })
    chunk(1, 10, 20)
    expect(stream()).toMatchObject({ receivedRows: 2, totalRows: 2, completed: false })
    complete(2)
    expect(query()).toMatchObject({ executing: false, progress: 100, startTime: 5, endTime: 8, error: null })
    expect(query().result).toMatchObject({ rows: 2, elapsedMs: 3 })
    expect([execution.rows.all, acks()]).toEqual([[[10], [20]], [1]])
  })

  test('shows its first rows at once and later ones a few times a second', () => {
    execution.execute('select 1')
    start()
    pipe.say('data_stream_start', { executionId: 'e1', columns: COLUMNS, totalRows: null })
    chunk(1, 1)
    expect(stream().receivedRows).toBe(1)
    for (let seq = 2; seq <= 50; seq += 1) chunk(seq, seq)
    expect(stream().receivedRows).toBe(1)
    pipe.runtime.advance(100)
    expect(stream().receivedRows).toBe(50)
  })

  test('hears nothing of the run that it replaced', () => {
    execution.execute('select 1')
    start()
    execution.execute('select 2')
    pipe.say('query_cancelled', { executionId: 'e1', timestamp: 9, reason: 'replaced' })
    expect(query()).toMatchObject({ executing: true, query: 'select 2' })
    start('e2')
    expect(query().executionId).toBe('e2')
  })

  test('that is refused says why', () => {
    execution.execute('delete from hosts')
    const error = { code: 'NOT_ALLOWED', message: 'only reading', position: 1 }
    pipe.say('query_error', { executionId: null, timestamp: 6, error })
    expect(query()).toMatchObject({ executing: false, currentStep: 'failed', error })
  })

  test('that is cancelled before the server has named it is cancelled once it has', () => {
    execution.execute('select 1')
    expect(execution.cancel()).toBe(true)
    expect(pipe.sent.some(({ type }) => type === 'cancel_query')).toBe(false)
    start()
    expect(pipe.last('cancel_query').payload).toEqual({ executionId: 'e1' })
    execution.execute('select 2')
    start('e2')
    expect(pipe.sent.filter(({ type }) => type === 'cancel_query')).toHaveLength(1)
  })

  test('is cancelled by its id, and only while it runs', () => {
    expect(execution.cancel()).toBe(false)
    execution.execute('select 1')
    start()
    expect(execution.cancel()).toBe(true)
    expect(pipe.last('cancel_query').payload).toEqual({ executionId: 'e1' })
    pipe.say('query_cancelled', { executionId: 'e1', timestamp: 9, reason: 'user', by: 'ada' })
    expect(query()).toMatchObject({ executing: false, currentStep: 'cancelled', error: null })
    expect(query().cancelled).toEqual({ reason: 'user', by: 'ada' })
  })

  test('without a connection is no run', () => {
    pipe.lose()
    expect(() => execution.execute('select 1')).toThrow(/no connection/)
    expect(query().executing).toBe(false)
  })
})

describe('after a lost connection', () => {
  test('a run goes on at the chunk that came last', () => {
    execution.execute('select 1')
    start()
    pipe.say('data_stream_start', { executionId: 'e1', columns: COLUMNS, totalRows: null })
    chunk(1, 1)
    pipe.cut()
    expect(pipe.last('attach').payload).toMatchObject({ executionId: 'e1', seq: 1, rowFormat: 'array' })
    pipe.say('data_stream_start', { executionId: 'e1', columns: COLUMNS, totalRows: null })
    chunk(1, 1)
    chunk(2, 2)
    complete(2)
    expect(execution.rows.all).toEqual([[1], [2]])
  })

  test('a run whose rows are gone ends with an error', () => {
    execution.execute('select 1')
    start()
    pipe.cut()
    pipe.refuse(pipe.last('attach').id, 'EXECUTION_NOT_FOUND')
    expect(query()).toMatchObject({ executing: false, error: { code: 'EXECUTION_NOT_FOUND' } })
  })

  test('a run that had not started is told as lost', () => {
    execution.execute('select 1')
    pipe.cut()
    expect(query()).toMatchObject({ executing: false, error: { code: 'DISCONNECTED' } })
  })
})

test('somebody else’s run is watched with a share', () => {
  execution.attach('e1', 'secret')
  expect(pipe.last('attach').payload).toMatchObject({ executionId: 'e1', share: 'secret', seq: 0 })
  const theirs = { query: 'select 7', source: null, user: 'bob', queued: false, attached: true }
  pipe.say('query_started', { executionId: 'e1', timestamp: 5, ...theirs })
  pipe.say('data_stream_start', { executionId: 'e1', columns: COLUMNS, totalRows: null })
  chunk(1, 7)
  complete(1)
  expect([query().query, execution.rows.all]).toEqual(['select 7', [[7]]])
})
