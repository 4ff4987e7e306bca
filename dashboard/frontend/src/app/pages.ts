import { type ComponentType, type LazyExoticComponent, lazy } from 'react'
import type { PageName, Route } from './router'

export interface PageProps<Name extends PageName = PageName> {
  route: Extract<Route, { page: Name }>
}

type Loader<Name extends PageName> = () => Promise<{ default: ComponentType<PageProps<Name>> }>

/** How each page is fetched: apart from the others, when it is first wanted. */
const LOADERS: { [Name in PageName]: Loader<Name> } = {
  overview: () => import('../pages/Overview'),
  host: () => import('../pages/Host'),
  explore: () => import('../pages/Explore'),
  alerts: () => import('../pages/Alerts'),
  console: () => import('../pages/Console'),
  sessions: () => import('../pages/Sessions'),
  session: () => import('../pages/Session'),
  join: () => import('../pages/Join'),
  settings: () => import('../pages/Settings'),
  public: () => import('../pages/Public'),
  embed: () => import('../pages/Embed'),
  notFound: () => import('../pages/NotFound'),
}

type AnyPage = LazyExoticComponent<ComponentType<{ route: Route }>>

/** The pages as components; each loads itself when it is first rendered. */
export const PAGES = Object.fromEntries(
  Object.entries(LOADERS).map(([name, load]) => [name, lazy(load as Loader<PageName>)]),
) as unknown as Record<PageName, AnyPage>

/** Fetches a page before it is shown; a failure is told when it is. */
export function preload(name: PageName): void {
  LOADERS[name]().catch(() => undefined)
}
