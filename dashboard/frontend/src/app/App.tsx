import { Suspense, useCallback, useEffect, useMemo, useState } from 'react'
import { Api, type SessionUser } from '../client/api'
import { Shell } from '../components/Shell'
import { NeedLink, Setup } from '../pages/Setup'
import { SignIn, type SignInNotice } from '../pages/SignIn'
import type { Boot } from './boot'
import { PAGES } from './pages'
import { adoptPreferences } from './preferences'
import { useRoute } from './router'
import { SessionContext } from './session'

export interface AppProps {
  boot: Boot
  /** From the fragment of the one-time link, null without one. */
  setupToken: string | null
}

const api = new Api()

/** Which page it is: decided by who is signed in, never by a redirect, so that nobody loses their place. */
export function App({ boot, setupToken }: AppProps) {
  const [user, setUser] = useState<SessionUser | null>(boot.user)
  const [needsSetup, setNeedsSetup] = useState(boot.setup)
  const [notice, setNotice] = useState<SignInNotice | null>(setupToken && !boot.setup ? 'done' : null)

  const enter = useCallback((next: SessionUser) => {
    if (location.pathname === '/setup') history.replaceState(null, '', '/')
    setNeedsSetup(false)
    setNotice(null)
    setUser(next)
  }, [])
  const leave = useCallback((ended: boolean) => {
    setNotice(ended ? 'expired' : null)
    setUser(null)
  }, [])
  const setupDone = useCallback(() => {
    history.replaceState(null, '', '/')
    setNeedsSetup(false)
    setNotice('done')
  }, [])
  useEffect(() => {
    const save = (change: object) => api.send('PATCH', 'auth/preferences', change)
    adoptPreferences(user?.preferences ?? null, user ? save : null)
  }, [user])
  const session = useMemo(() => (user ? { boot, user, leave } : null), [boot, user, leave])

  const route = useRoute()
  const Page = PAGES[route.page]
  if (route.page === 'public' || route.page === 'embed') {
    return (
      <Suspense>
        <Page route={route} />
      </Suspense>
    )
  }
  if (session) {
    return (
      <SessionContext value={session}>
        <Shell>
          <Page route={route} />
        </Shell>
      </SessionContext>
    )
  }
  if (needsSetup && setupToken) return <Setup token={setupToken} onEnter={enter} onDone={setupDone} />
  if (needsSetup) return <NeedLink />
  return <SignIn notice={notice} onEnter={enter} />
}
