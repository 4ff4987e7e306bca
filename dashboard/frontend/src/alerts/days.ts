import { localInput } from '../explore/range'

/** A list "up to a day" begins with what began before the end of that day, in the zone of whoever looks. */

/** First moment after the day that holds `at`; epoch ms. */
export function dayEnd(at: number): number {
  return new Date(at).setHours(24, 0, 0, 0)
}

/** The end that lies `days` after `end`, over changes of the clocks too. */
export function daysLater(end: number, days: number): number {
  const date = new Date(end)
  return date.setDate(date.getDate() + days)
}

/** The day that ends at `end`, as `<input type="date">` has it: `2026-11-04`. */
export function dayText(end: number): string {
  return localInput(end - 1).slice(0, 10)
}

/** A year that is still being typed is none: 0002, 0020, 0202, 2026. */
const FIRST_YEAR = 2000

/** The end of a day that was typed or picked; null for no day. */
export function endOfDay(text: string): number | null {
  const start = new Date(`${text}T00:00`)
  return start.getFullYear() >= FIRST_YEAR ? dayEnd(start.getTime()) : null
}
