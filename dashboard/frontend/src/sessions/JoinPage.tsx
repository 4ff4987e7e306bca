import { useEffect, useRef, useState } from 'react'
import { decoded, navigate, pathOf } from '../app/router'
import { ApiError } from '../client/errors'
import { Empty } from '../components/Empty'
import { Link } from '../components/Link'
import { PageSkeleton } from '../components/PageSkeleton'
import { useLanguage } from '../i18n'
import type { MessageKey } from '../i18n/en'
import { hasText } from '../i18n/translate'
import { useSessions } from './useSessions'

/** Follows an invitation. Its token stands in the fragment, which no server and no log ever sees. */
export function JoinPage() {
  const { t } = useLanguage()
  const sessions = useSessions()
  const [error, setError] = useState<string | null>(null)
  const asked = useRef(false)
  useEffect(() => {
    if (asked.current) return
    asked.current = true
    const token = decoded(location.hash.slice(1)) ?? ''
    // Nobody is to read it over a shoulder, or out of the history of the browser.
    history.replaceState(null, '', location.pathname)
    sessions.join(token).then(
      ({ session }) => navigate(pathOf({ page: 'session', session: session.id }), { replace: true }),
      (problem: unknown) => setError(problem instanceof ApiError ? problem.code : 'INTERNAL'),
    )
  }, [sessions])
  if (error === null) return <PageSkeleton />
  const key = `sessions.join.${error}`
  const text = hasText(key)
    ? t(key as Extract<MessageKey, `sessions.join.${string}`>)
    : t('sessions.join.UNKNOWN_INVITE')
  return (
    <Empty icon="sessions" title={t('sessions.join.failed')} text={text} role="alert">
      <Link className="button" to={pathOf({ page: 'sessions' })}>
        {t('sessions.all')}
      </Link>
    </Empty>
  )
}
