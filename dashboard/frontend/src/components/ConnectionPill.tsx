import { useStore } from 'zustand'
import { useNow } from '../app/useNow'
import type { ConnectionState } from '../client/connection'
import { useStores } from '../client/react'
import { useLanguage } from '../i18n'
import { Icon, type IconName } from './Icon'

const ICONS: Record<ConnectionState, IconName> = {
  connected: 'dot',
  connecting: 'spinner',
  reconnecting: 'spinner',
  disconnected: 'ring',
}

/** The state of the connection, and how long until the next attempt. */
export function ConnectionPill() {
  const { t } = useLanguage()
  const { connection } = useStores()
  const state = useStore(connection, (snapshot) => snapshot.state)
  const retryAt = useStore(connection, (snapshot) => snapshot.retryAt)
  const now = useNow(250, retryAt !== null)
  const seconds = retryAt === null ? 0 : Math.ceil((retryAt - now) / 1_000)
  return (
    <div className={`pill pill-${state}`} data-testid="connection-pill" data-state={state}>
      <Icon name={ICONS[state]} className={ICONS[state] === 'spinner' ? 'icon-spin' : ''} />
      <span className="pill-text">{t(`connection.${state}`)}</span>
      {seconds > 0 && <span className="pill-retry">{t('connection.retryIn', { seconds })}</span>}
    </div>
  )
}
