import { useStore } from 'zustand'
import { useSession } from '../app/session'
import { useNow } from '../app/useNow'
import { useStatus, useStores } from '../client/react'
import { retryReasonText } from '../client/retryReason'
import { useLanguage } from '../i18n'
import { POLL_MS } from '../store/polling'
import { Icon } from './Icon'

/** Readings older than this many intervals, and than 5 s, are no longer "live". */
const STALE_INTERVALS = 4
const STALE_LEAST_MS = 5_000

export type LineKind = 'live' | 'waiting' | 'stale' | 'lost' | 'ended'

/** Age of the last reading of `host` in ms by the server's clock, and whether that is too old; null before any. */
export function useFreshness(host: string): { age: number | null; stale: boolean } {
  const { boot } = useSession()
  const { client, catalog } = useStores()
  const { status } = useStatus(host)
  const lastSeen = useStore(catalog, (one) => one.hosts.find(({ name }) => name === host)?.lastSeen ?? null)
  useNow(1_000)
  const last = status?.timestamp ?? lastSeen
  if (last === null) return { age: null, stale: false }
  const age = Math.max(0, client.clock.now() - last)
  return { age, stale: age > Math.max(STALE_LEAST_MS, boot.interval * STALE_INTERVALS) }
}

/**
 * One line that always has its place: how fresh the data is, and what is wrong when something is. What has to be done
 * about the connection is the banner's to say.
 *
 * @param host whose readings it speaks of; without one, of the connection alone.
 */
export function StatusLine({ host }: { host?: string }) {
  const { t, format, locale } = useLanguage()
  const { boot } = useSession()
  const { client, connection, catalog, polling } = useStores()
  const connectionState = useStore(connection, (snapshot) => snapshot.state)
  const attempt = useStore(connection, (snapshot) => snapshot.attempt)
  const polled = useStore(polling.store, (one) => one.active)
  const state = polled ? 'connected' : connectionState
  const lagging = useStore(connection, (snapshot) => snapshot.lagging)
  const historyStale = useStore(catalog, (one) => one.historyStale)
  const { isLoaded } = useStatus(host)
  const { age, stale } = useFreshness(host ?? '')

  const kind = lineKind(state, host === undefined ? 0 : age, host !== undefined && stale)
  const known = age === null ? null : t('line.lastData', { ago: format.ago(age) })
  const interval = polled ? POLL_MS : boot.interval
  const every = t('line.every', { seconds: format.number(interval / 1_000, interval % 1_000 === 0 ? 0 : 1) })
  return (
    <div className={`line line-${kind}`} data-testid="status-line" data-kind={kind}>
      {kind === 'live' && (
        <>
          <span className="line-strong">{t(polled ? 'connection.polling' : 'line.live')}</span>
          <span>{every}</span>
          {historyStale && <span className="line-note">{t('line.historyStale')}</span>}
          {lagging && <span className="line-note">{t('line.lagging')}</span>}
        </>
      )}
      {kind === 'waiting' && <span>{isLoaded ? t('line.noData') : t('app.loading')}</span>}
      {(kind === 'stale' || kind === 'lost' || kind === 'ended') && (
        <>
          <Icon name={kind === 'ended' ? 'critical' : 'warning'} />
          <p className="line-text">
            {kind === 'stale' && t('line.stale')}
            {kind === 'lost' && retryReasonText(attempt, locale)}
            {kind === 'ended' && t('connection.disconnected')}{' '}
            {known && <span className="line-strong">{known}</span>}
          </p>
        </>
      )}
      {kind === 'lost' && (
        <button type="button" className="line-button" data-testid="retry" onClick={() => client.connect()}>
          {t('connection.retryNow')}
        </button>
      )}
    </div>
  )
}

function lineKind(state: string, age: number | null, stale: boolean): LineKind {
  if (state === 'disconnected') return 'ended'
  if (state === 'reconnecting') return 'lost'
  if (age === null || state === 'connecting') return 'waiting'
  return stale ? 'stale' : 'live'
}
