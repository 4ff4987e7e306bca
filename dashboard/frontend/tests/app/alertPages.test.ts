import { describe, expect, test } from 'vitest'
import type { ListedAlert } from '../../src/alerts/api'
import { matches, readFilter, withNews, withPage } from '../../src/alerts/pages'
import { alert } from '../samples'

const rows: readonly ListedAlert[] = [alert(9), alert(5), alert(2)]
const ids = (list: readonly ListedAlert[]) => list.map(({ id }) => id)

describe('news about an alert', () => {
  test('comes where it belongs, newest first', () => {
    expect(ids(withNews(rows, alert(10), {}))).toEqual([10, 9, 5, 2])
    expect(ids(withNews(rows, alert(7), {}))).toEqual([9, 7, 5, 2])
    expect(ids(withNews([], alert(1), {}))).toEqual([1])
  })

  test('older than all that is loaded waits for its page', () => {
    expect(withNews(rows, alert(1), {})).toBe(rows)
  })

  test('changes what is there, and keeps who acknowledged it', () => {
    const seen = { by: 'ada', at: 1, comment: '' }
    const [first] = withNews([{ ...alert(9), acknowledged: seen }], alert(9, { level: 'critical' }), {})
    expect(first).toMatchObject({ level: 'critical', acknowledged: seen })
  })

  test('takes out what does not belong any more', () => {
    expect(ids(withNews(rows, alert(5, { state: 'recovered' }), { state: 'firing' }))).toEqual([9, 2])
    expect(withNews(rows, alert(11, { host: 'b' }), { host: 'a' })).toBe(rows)
  })
})

test('a page that overlaps brings nothing twice', () => {
  expect(ids(withPage(rows, [alert(2), alert(1)]))).toEqual([9, 5, 2, 1])
})

test('the filter is read from the address, and what makes no sense is left out', () => {
  const filter = readFilter(new URLSearchParams('level=fatal&host=a&from=100&to=x'), 'firing')
  expect(filter).toEqual({
    state: 'firing',
    host: 'a',
    from: 100,
    level: undefined,
    component: undefined,
    to: undefined,
  })
  expect(matches(alert(1, { endedAt: 99 }), filter)).toBe(false)
})
