import { type ReactNode, Suspense, useCallback, useEffect, useRef } from 'react'
import { type PageName, useQuery, useRoute } from '../app/router'
import { useSession } from '../app/session'
import { useCatalog, useSessionGuard } from '../app/useLiveData'
import { useStores, useWebSocket } from '../client/react'
import { reportQuality } from '../client/reporter'
import { defaultUrl } from '../client/shared'
import { Announcer } from './Announcer'
import { ConnectionBanner } from './ConnectionBanner'
import { Header } from './Header'
import { PageBoundary } from './PageBoundary'
import { PageSkeleton } from './PageSkeleton'

const TOPICS = ['health', 'config'] as const

/**
 * What is around every page of somebody who is signed in: the header with its navigation, the live connection, and
 * what every page knows (hosts, rules, open alerts).
 */
export function Shell({ children }: { children: ReactNode }) {
  const { leave } = useSession()
  const stores = useStores()
  useWebSocket({ subscriptions: TOPICS })
  useEffect(() => reportQuality(stores.client, defaultUrl('/ws/monitoring')), [stores.client])
  const ended = useCallback(() => leave(true), [leave])
  useCatalog(stores, useSessionGuard(stores, ended))

  const { page } = useRoute()
  const main = useFocusOnChange(page)
  const query = useQuery()
  const wall = page === 'overview' && new URLSearchParams(query).has('wall')
  return (
    <div className={wall ? 'page page-wall' : 'page'}>
      <Header />
      <main id="content" className="main" ref={main} tabIndex={-1} data-page={page}>
        <PageBoundary key={page}>
          <Suspense fallback={<PageSkeleton />}>{children}</Suspense>
        </PageBoundary>
      </main>
      <ConnectionBanner />
      <Announcer />
    </div>
  )
}

/** After a change of page, readers and the keyboard go on in the new one; not when the page is first loaded. */
function useFocusOnChange(page: PageName) {
  const main = useRef<HTMLElement>(null)
  const shown = useRef(page)
  useEffect(() => {
    if (shown.current === page) return
    shown.current = page
    main.current?.focus({ preventScroll: true })
  }, [page])
  return main
}
