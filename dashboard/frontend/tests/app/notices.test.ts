import { expect, test } from 'vitest'
import type { Maintenance } from '../../src/alerts/api'
import { groupNotices, noticeState } from '../../src/alerts/notices'

const notice = (id: number, starts_at: number, ends_at: number): Maintenance => ({
  id,
  text: 'Moving',
  starts_at,
  ends_at,
  created_by: null,
})
const ids = (notices: Maintenance[]) => notices.map(({ id }) => id)

test('a notice is in force from its start to just before its end', () => {
  const states = [99, 100, 199, 200].map((now) => noticeState(notice(1, 100, 200), now))
  expect(states).toEqual(['coming', 'now', 'now', 'past'])
})

test('what comes soonest stands first, and of what is over the latest', () => {
  const all = [
    notice(1, 0, 10),
    notice(2, 0, 40),
    notice(3, 900, 950),
    notice(4, 500, 600),
    notice(5, 90, 200),
  ]
  const { now, coming, past } = groupNotices(all, 100)
  expect([ids(now), ids(coming), ids(past)]).toEqual([[5], [4, 3], [2, 1]])
})
