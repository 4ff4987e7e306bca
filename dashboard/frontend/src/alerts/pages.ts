import type { HealthAlert } from '../client/protocol'
import type { AlertFilter, ListedAlert } from './api'

/** Whether an alert belongs into a list with this filter; the server judges the same. */
export function matches(alert: HealthAlert, filter: AlertFilter): boolean {
  return (
    (filter.state === undefined || alert.state === filter.state) &&
    (filter.level === undefined || alert.level === filter.level) &&
    (filter.component === undefined || alert.component === filter.component) &&
    (filter.host === undefined || alert.host === filter.host) &&
    (filter.from === undefined || alert.endedAt == null || alert.endedAt >= filter.from) &&
    (filter.to === undefined || alert.startedAt < filter.to)
  )
}

/**
 * Puts news about one alert into a list that is newest first. What does not belong there any more is taken out.
 *
 * News of the socket knows nothing of who acknowledged; what was known of that stays.
 */
export function withNews(
  rows: readonly ListedAlert[],
  news: HealthAlert,
  filter: AlertFilter,
): readonly ListedAlert[] {
  const at = rows.findIndex((row) => row.id === news.id)
  if (!matches(news, filter)) return at < 0 ? rows : rows.toSpliced(at, 1)
  if (at >= 0) return rows.with(at, { ...rows[at], ...news })
  const place = rows.findIndex((row) => row.id < news.id)
  // Older than all that is loaded: it comes with its page.
  return place < 0 && rows.length > 0 ? rows : rows.toSpliced(Math.max(0, place), 0, news)
}

/** Appends a page without what is there already. */
export function withPage(rows: readonly ListedAlert[], page: readonly ListedAlert[]): ListedAlert[] {
  const known = new Set(rows.map((row) => row.id))
  return [...rows, ...page.filter((row) => !known.has(row.id))]
}

/** The filter in the address. */
export function readFilter(query: URLSearchParams, state: AlertFilter['state']): AlertFilter {
  const text = (name: string) => query.get(name) || undefined
  const level = text('level')
  const time = (name: string) => {
    const value = Number.parseInt(query.get(name) ?? '', 10)
    return value >= 0 ? value : undefined
  }
  return {
    state,
    level: level === 'info' || level === 'warning' || level === 'critical' ? level : undefined,
    component: text('component'),
    host: text('host'),
    from: time('from'),
    to: time('to'),
  }
}

/** The number in `alert=5`, null where there is none. */
export function readAsked(query: string): number | null {
  const text = new URLSearchParams(query).get('alert') ?? ''
  return /^\d{1,15}$/.test(text) ? Number(text) : null
}
