/** A stretch of time, epoch ms. */
export interface Span {
  from: number
  to: number
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Stretches that end now, by the name they have in the address; ms. */
export const PRESETS = {
  '5m': 5 * MINUTE,
  '15m': 15 * MINUTE,
  '1h': HOUR,
  '6h': 6 * HOUR,
  '24h': DAY,
  '7d': 7 * DAY,
  '30d': 30 * DAY,
} as const

export type Preset = keyof typeof PRESETS

export const DEFAULT_PRESET: Preset = '1h'
/** The least and the most that can be looked at, ms. */
const LEAST = 10_000
const MOST = 3 * 366 * DAY

/** What the address asks for: a stretch up to now, which moves on, or one that stands. */
export type Range = { preset: Preset } | (Span & { preset: null })

/** Reads `range=1h`, or `from=…&to=…` in epoch ms; anything else is the last hour. */
export function readRange(query: URLSearchParams): Range {
  const from = Number.parseInt(query.get('from') ?? '', 10)
  const to = Number.parseInt(query.get('to') ?? '', 10)
  if (from >= 0 && to > from && to - from <= MOST) return { preset: null, from, to }
  const preset = query.get('range')
  return { preset: preset !== null && Object.hasOwn(PRESETS, preset) ? (preset as Preset) : DEFAULT_PRESET }
}

/** The changes of the address that lead to a range. */
export function rangeQuery(range: Range): Record<'range' | 'from' | 'to', string | null> {
  if (range.preset !== null) return { range: range.preset, from: null, to: null }
  return { range: null, from: String(Math.round(range.from)), to: String(Math.round(range.to)) }
}

export function spanOf(range: Range, now: number): Span {
  return range.preset === null
    ? { from: range.from, to: range.to }
    : { from: now - PRESETS[range.preset], to: now }
}

/** A span of allowed length that does not lie in the future; what is cut off on one side is kept on the other. */
export function within({ from, to }: Span, now: number): Span {
  const length = Math.min(MOST, Math.max(LEAST, to - from))
  const middle = (from + to) / 2
  const end = Math.min(now, middle + length / 2)
  const start = Math.max(0, end - length)
  return { from: start, to: start + length }
}

/** The span around `at` that is `factor` times as long; `at` keeps its place in the picture. */
export function zoomed({ from, to }: Span, at: number, factor: number, now: number): Span {
  return within({ from: at - (at - from) * factor, to: at + (to - at) * factor }, now)
}

/** The span moved by `by` ms, later for more than 0. */
export function panned({ from, to }: Span, by: number, now: number): Span {
  const shift = Math.min(by, Math.max(0, now - to))
  return within({ from: from + shift, to: to + shift }, now)
}

/** Where a stretch of the past of a host is shown; epoch ms. */
export function pathOfStretch(host: string, from: number, to: number): string {
  const query = new URLSearchParams({ host, from: String(Math.round(from)), to: String(Math.round(to)) })
  return `/explore?${query}`
}

/** The text of an `<input type="datetime-local">` for a time, in the zone of whoever looks. */
export function localInput(at: number): string {
  const local = new Date(at - new Date(at).getTimezoneOffset() * MINUTE)
  return local.toISOString().slice(0, 16)
}
