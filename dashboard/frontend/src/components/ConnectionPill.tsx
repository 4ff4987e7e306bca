import { lazy, Suspense } from 'react'
import { useStore } from 'zustand'
import { useNow } from '../app/useNow'
import type { ConnectionState } from '../client/connection'
import { useConnectionQuality, useStores } from '../client/react'
import { useLanguage } from '../i18n'
import { Icon, type IconName } from './Icon'
import { Menu } from './Menu'

const QualityPanel = lazy(() => import('./QualityPanel'))

type PillState = ConnectionState | 'polling'

const ICONS: Record<PillState, IconName> = {
  connected: 'dot',
  connecting: 'spinner',
  reconnecting: 'spinner',
  disconnected: 'ring',
  polling: 'warning',
}

/** The state of the connection, and how long until the next attempt; opens what is known of its quality. */
export function ConnectionPill() {
  const { t } = useLanguage()
  const { connection, polling } = useStores()
  const connectionState = useStore(connection, (snapshot) => snapshot.state)
  const retryAt = useStore(connection, (snapshot) => snapshot.retryAt)
  const polled = useStore(polling.store, (state) => state.active)
  const { stability } = useConnectionQuality()
  const state: PillState = polled ? 'polling' : connectionState
  const now = useNow(250, retryAt !== null && !polled)
  const seconds = retryAt === null || polled ? 0 : Math.ceil((retryAt - now) / 1_000)
  const weak = state === 'connected' && (stability === 'poor' || stability === 'critical')
  const label = t('connection.status', { state: t(`connection.${weak ? 'weak' : state}`) })
  return (
    <Menu
      label={label}
      className="pill-button"
      button={
        <span
          className={`pill pill-${weak ? 'reconnecting' : state}`}
          data-testid="connection-pill"
          data-state={state}
          data-quality={stability}
        >
          <Icon name={ICONS[state]} className={ICONS[state] === 'spinner' ? 'icon-spin' : ''} />
          <span className="pill-text">{t(`connection.${weak ? 'weak' : state}`)}</span>
          {seconds > 0 && <span className="pill-retry">{t('connection.retryIn', { seconds })}</span>}
        </span>
      }
    >
      {(open) =>
        open && (
          <Suspense fallback={<div className="skeleton quality-loading" />}>
            <QualityPanel />
          </Suspense>
        )
      }
    </Menu>
  )
}
