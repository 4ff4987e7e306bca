import { expect, test } from 'vitest'
import { dayEnd, daysLater, dayText, endOfDay } from '../../src/alerts/days'
import { readAsked } from '../../src/alerts/pages'

// Months count from 0, and all of it is local time, whatever the zone.
const noon = new Date(2026, 10, 4, 12).getTime()
const midnight = new Date(2026, 10, 5).getTime()

test('a day ends where the next begins', () => {
  expect(dayEnd(noon)).toBe(midnight)
  expect(dayText(midnight)).toBe('2026-11-04')
  expect(endOfDay('2026-11-04')).toBe(midnight)
})

test('days are counted by the calendar, over changes of the clocks too', () => {
  expect(daysLater(midnight, -240)).toBe(new Date(2026, 2, 10).getTime())
})

test('what is still being typed is no day', () => {
  expect(['', '0002-11-04', '0202-11-04', 'soon'].map(endOfDay)).toEqual([null, null, null, null])
})

test('the address names an alert by its number', () => {
  expect(['?alert=12', '?alert=x', '?alert=-1', ''].map(readAsked)).toEqual([12, null, null, null])
})
