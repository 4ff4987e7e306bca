import { useEffect } from 'react'
import { useNow } from '../app/useNow'
import type { SessionState } from '../client/collab/state'
import type { ConnectionSnapshot } from '../client/connection'
import { Icon } from '../components/Icon'
import { useLanguage } from '../i18n'

export interface OfflineBannerProps {
  state: SessionState
  connection: ConnectionSnapshot
  onRetry: () => void
}

/** Says that the connection is away, what has not reached the others yet, and when it is tried again. */
export function OfflineBanner({ state, connection, onRetry }: OfflineBannerProps) {
  const { t } = useLanguage()
  const unsent = state.unsent + state.sending.length
  useLeaveWarning(unsent > 0)
  const offline = !state.joined && state.session !== null
  const now = useNow(1_000, offline && connection.retryAt !== null)
  if (!offline) return null
  const seconds = connection.retryAt === null ? 0 : Math.max(0, Math.ceil((connection.retryAt - now) / 1_000))
  return (
    <div className="offline" role="status" data-testid="offline" data-unsent={unsent}>
      <Icon name="offline" />
      <span>
        {t('sessions.offline')}{' '}
        {unsent > 0 ? t('sessions.offline.unsent', { count: unsent }) : t('sessions.offline.safe')}
      </span>
      {seconds > 0 && <span>{t('connection.retryIn', { seconds })}</span>}
      <button type="button" className="button button-small" onClick={onRetry}>
        {t('connection.retryNow')}
      </button>
    </div>
  )
}

/** The browser asks before a tab with unsent edits is closed. */
function useLeaveWarning(active: boolean): void {
  useEffect(() => {
    if (!active) return
    const leaving = (event: BeforeUnloadEvent) => event.preventDefault()
    addEventListener('beforeunload', leaving)
    return () => removeEventListener('beforeunload', leaving)
  }, [active])
}
