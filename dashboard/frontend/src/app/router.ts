import { useSyncExternalStore } from 'react'

/** Every page of the browser side, with what its address says. `dashboard/urls.py` serves the same addresses. */
export type Route =
  | { page: 'overview' }
  | { page: 'host'; host: string }
  | { page: 'explore' }
  | { page: 'alerts' }
  | { page: 'console' }
  | { page: 'sessions' }
  | { page: 'session'; session: string }
  | { page: 'join' }
  | { page: 'settings' }
  | { page: 'public' }
  | { page: 'embed'; host: string }
  | { page: 'notFound' }

export type PageName = Route['page']

const PLAIN = {
  '/': 'overview',
  '/setup': 'overview',
  '/explore': 'explore',
  '/alerts': 'alerts',
  '/console': 'console',
  '/sessions': 'sessions',
  '/join': 'join',
  '/settings': 'settings',
  '/public': 'public',
} as const satisfies Record<string, PageName>

/** What stands in an address, null where it is no proper encoding. */
export function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

/** The page at `pathname`; `notFound` where there is none. */
export function matchRoute(pathname: string): Route {
  const path = pathname.length > 1 ? pathname.replace(/\/$/, '') : pathname
  if (Object.hasOwn(PLAIN, path)) return { page: PLAIN[path as keyof typeof PLAIN] }
  const [, section = '', rest = ''] = /^\/([^/]+)\/(.+)$/.exec(path) ?? []
  const argument = decoded(rest)
  if (!argument) return { page: 'notFound' }
  if (section === 'hosts') return { page: 'host', host: argument }
  if (section === 'embed') return { page: 'embed', host: argument }
  if (section === 'sessions') return { page: 'session', session: argument }
  return { page: 'notFound' }
}

/** The address of a page, without origin. */
export function pathOf(route: Exclude<Route, { page: 'notFound' }>): string {
  switch (route.page) {
    case 'overview':
      return '/'
    case 'host':
      return `/hosts/${encodeURIComponent(route.host)}`
    case 'embed':
      return `/embed/${encodeURIComponent(route.host)}`
    case 'session':
      return `/sessions/${encodeURIComponent(route.session)}`
    default:
      return `/${route.page}`
  }
}

/** Where one alert is shown, over the list of them. */
export function pathOfAlert(id: number): string {
  return `${pathOf({ page: 'alerts' })}?alert=${id}`
}

const listeners = new Set<() => void>()

function tell(): void {
  for (const listener of listeners) listener()
}

function watch(listener: () => void): () => void {
  listeners.add(listener)
  addEventListener('popstate', listener)
  return () => {
    listeners.delete(listener)
    removeEventListener('popstate', listener)
  }
}

/** Goes to an address of the browser side. `replace` leaves no entry behind, as for a range that is being dragged. */
export function navigate(to: string, { replace = false }: { replace?: boolean } = {}): void {
  const before = location.pathname
  if (replace) history.replaceState(null, '', to)
  else history.pushState(null, '', to)
  tell()
  if (!replace && location.pathname !== before) scrollTo(0, 0)
}

/** Changes parts of the query (`?a=b`) and leaves the others; null takes a part away. */
export function changeQuery(
  changes: Record<string, string | null>,
  options: { replace?: boolean } = {},
): void {
  const url = new URL(location.href)
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) url.searchParams.delete(name)
    else url.searchParams.set(name, value)
  }
  navigate(`${url.pathname}${url.search}${url.hash}`, options)
}

let last = { pathname: '', route: matchRoute('/') }

function current(): Route {
  const { pathname } = location
  if (pathname !== last.pathname) last = { pathname, route: matchRoute(pathname) }
  return last.route
}

/** The page in the address bar; rendered anew when it changes. */
export function useRoute(): Route {
  return useSyncExternalStore(watch, current)
}

/** The query in the address bar (`?host=a`), as text: parse it with `new URLSearchParams`. */
export function useQuery(): string {
  return useSyncExternalStore(watch, () => location.search)
}
