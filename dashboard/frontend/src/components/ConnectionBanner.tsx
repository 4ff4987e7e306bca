import { useStore } from 'zustand'
import { CLOSE } from '../client/errors'
import { useStores } from '../client/react'
import { useLanguage } from '../i18n'
import type { PlainKey } from '../i18n/translate'
import { POLL_MS } from '../store/polling'
import { Icon } from './Icon'

/** 1008 where the server cannot close with it. */
const POLICY_ELSEWHERE = 4008

/**
 * What a person has to know or do about the connection, on every page: it lies over the page, so that nothing moves.
 * A connection that merely comes back by itself is the pill's to tell.
 */
export function ConnectionBanner() {
  const { t } = useLanguage()
  const { client, connection, polling } = useStores()
  const state = useStore(connection, (snapshot) => snapshot.state)
  const closeCode = useStore(connection, (snapshot) => snapshot.closeCode)
  const lagging = useStore(connection, (snapshot) => snapshot.lagging)
  const polled = useStore(polling.store, (one) => one.active)
  const ended = state === 'disconnected' ? endedText(closeCode) : null
  const kind = ended ? 'ended' : polled ? 'polling' : lagging ? 'lagging' : null
  return (
    <div className="banner-place" role="status">
      {kind && (
        <div className={`banner banner-${kind}`} data-testid="connection-banner" data-kind={kind}>
          <Icon name={kind === 'ended' ? 'critical' : 'warning'} />
          <p className="banner-text">
            {ended && t(ended)}
            {kind === 'polling' && t('line.polling', { seconds: POLL_MS / 1_000 })}
            {kind === 'lagging' && t('line.lagging')}
          </p>
          {kind !== 'lagging' && (
            <button
              type="button"
              className="line-button"
              data-testid="banner-retry"
              onClick={() => client.connect()}
            >
              {t('connection.retryNow')}
            </button>
          )}
        </div>
      )}
    </div>
  )
}

/** Null for an end that was asked for: before the first connection, or signing out. */
function endedText(closeCode: number | null): PlainKey | null {
  if (closeCode === null || closeCode === CLOSE.NOT_SIGNED_IN) return null
  if (closeCode === CLOSE.POLICY || closeCode === POLICY_ELSEWHERE) return 'line.tooMany'
  return closeCode === CLOSE.NOT_ALLOWED ? 'line.notAllowed' : 'line.ended'
}
