import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Api } from '../../src/client/api'
import { QueriesApi } from '../../src/client/query/api'

const ABSENT = { error: { code: 'NOT_FOUND', message: 'There is no such run for you.' } }
let answers: Response[]
let asked: number

const queries = new QueriesApi(
  new Api({
    csrfToken: () => '',
    fetch: async () => {
      asked += 1
      return answers.shift() ?? Response.json(ABSENT, { status: 404 })
    },
  }),
)

beforeEach(() => {
  vi.useFakeTimers()
  asked = 0
})

afterEach(() => {
  vi.useRealTimers()
})

test('a run whose record is still on its way is shared as soon as it is there', async () => {
  answers = [Response.json(ABSENT, { status: 404 }), Response.json({ share: 'secret', link: '/console#' })]
  const share = queries.shareBegun('e')
  await vi.advanceTimersByTimeAsync(100)
  expect([(await share).share, asked]).toEqual(['secret', 2])
})

test('a run that is not there is not waited for without end, and another refusal not at all', async () => {
  answers = []
  const absent = expect(queries.shareBegun('e')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  await vi.advanceTimersByTimeAsync(10_000)
  await absent
  expect(asked).toBe(7)
  answers = [Response.json({ error: { code: 'NOT_ALLOWED', message: 'no' } }, { status: 403 })]
  await expect(queries.shareBegun('e')).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
  expect(asked).toBe(8)
})
