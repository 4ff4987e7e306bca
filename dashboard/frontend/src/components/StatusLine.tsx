import { useStore } from 'zustand'
import { useSession } from '../app/session'
import { useNow } from '../app/useNow'
import { CLOSE } from '../client/errors'
import { useStatus, useStores } from '../client/react'
import { useLanguage } from '../i18n'
import type { PlainKey } from '../i18n/translate'
import { Icon } from './Icon'

/** Readings older than this many intervals, and than 5 s, are no longer "live". */
const STALE_INTERVALS = 4
const STALE_LEAST_MS = 5_000
/** 1008 where the server cannot close with it. */
const POLICY_ELSEWHERE = 4008

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
 * One line that always has its place: how fresh the data is, and what is wrong when something is.
 *
 * @param host whose readings it speaks of; without one, of the connection alone.
 */
export function StatusLine({ host }: { host?: string }) {
  const { t, format } = useLanguage()
  const { boot } = useSession()
  const { client, connection, catalog } = useStores()
  const state = useStore(connection, (snapshot) => snapshot.state)
  const closeCode = useStore(connection, (snapshot) => snapshot.closeCode)
  const lagging = useStore(connection, (snapshot) => snapshot.lagging)
  const historyStale = useStore(catalog, (one) => one.historyStale)
  const { isLoaded } = useStatus(host)
  const { age, stale } = useFreshness(host ?? '')

  const kind = lineKind(state, host === undefined ? 0 : age, host !== undefined && stale)
  const known = age === null ? null : t('line.lastData', { ago: format.ago(age) })
  const every = t('line.every', {
    seconds: format.number(boot.interval / 1_000, boot.interval % 1_000 === 0 ? 0 : 1),
  })
  const retry = state === 'reconnecting' || state === 'disconnected'
  return (
    <div className={`line line-${kind}`} data-testid="status-line" data-kind={kind}>
      {kind === 'live' && (
        <>
          <span className="line-strong">{t('line.live')}</span>
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
            {t(lineText(kind, closeCode))} {known && <span className="line-strong">{known}</span>}
          </p>
        </>
      )}
      {retry && (
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

function lineText(kind: 'stale' | 'lost' | 'ended', closeCode: number | null): PlainKey {
  if (kind !== 'ended') return `line.${kind}`
  if (closeCode === CLOSE.POLICY || closeCode === POLICY_ELSEWHERE) return 'line.tooMany'
  return closeCode === CLOSE.NOT_ALLOWED ? 'line.notAllowed' : 'line.ended'
}
