import { expect, test } from 'vitest'
import { persist, renewable } from '../../src/app/persist'
import { ApiError } from '../../src/client/errors'

const never = new AbortController().signal

test('what fails in passing is tried again, what is refused is not', async () => {
  let tries = 0
  await persist(
    async () => {
      tries += 1
      if (tries < 3) throw new ApiError(503, 'UNAVAILABLE', '')
    },
    never,
    0,
  )
  expect(tries).toBe(3)
  const refused = persist(() => Promise.reject(new ApiError(403, 'NOT_ALLOWED', '')), never, 0)
  await expect(refused).rejects.toHaveProperty('code', 'NOT_ALLOWED')
})

test('of calls that overlap the newest alone counts', async () => {
  const outer = new AbortController()
  const asked: AbortSignal[] = []
  const load = renewable(outer.signal, async (signal) => {
    asked.push(signal)
    await new Promise((resolve) => setTimeout(resolve, 0))
    signal.throwIfAborted()
  })
  await Promise.all([load(), load()])
  expect(asked.map(({ aborted }) => aborted)).toEqual([true, false])
  outer.abort()
  expect(asked[1]?.aborted).toBe(true)
})
