import { alertText } from '../app/alertText'
import { hasRole } from '../app/roles'
import { pathOf } from '../app/router'
import { useSession } from '../app/session'
import { useStores } from '../client/react'
import { Icon } from '../components/Icon'
import { Level } from '../components/Level'
import { Link } from '../components/Link'
import { pathOfStretch } from '../explore/range'
import { useLanguage } from '../i18n'
import type { ListedAlert } from './api'

export interface AlertItemActions {
  onOpen: (alert: ListedAlert) => void
  onAcknowledge: (alert: ListedAlert) => void
  onSilence: (alert: ListedAlert) => void
}

/** Around an alert, ms: what led to it and what came of it. */
const AROUND_MS = 10 * 60_000

/** The history around an alert. */
export function exploreAround(alert: ListedAlert): string {
  const last = alert.endedAt ?? Math.max(alert.timestamp, alert.startedAt + AROUND_MS)
  return pathOfStretch(alert.host, alert.startedAt - AROUND_MS, last + AROUND_MS)
}

/** A notice of maintenance is no trouble that one could silence. */
export function isNotice({ component }: ListedAlert): boolean {
  return component === 'maintenance'
}

/** One alert as a row: how bad, what, where, since when, who has seen it, and what can be done. */
export function AlertItem({
  alert,
  onOpen,
  onAcknowledge,
  onSilence,
}: AlertItemActions & { alert: ListedAlert }) {
  const { t, format } = useLanguage()
  const { client } = useStores()
  const { user } = useSession()
  const open = alert.state === 'firing'
  const text = alertText(t, format, alert)
  const until = alert.endedAt ?? client.clock.now()
  const operator = hasRole(user, 'operator')
  return (
    <div className={`alert-line alert-line-${open ? alert.level : 'recovered'}`} data-alert={alert.id}>
      <span className="alert-line-level">
        {open ? <Level level={alert.level} /> : <Recovered level={alert.level} />}
      </span>
      <button type="button" className="alert-line-text" onClick={() => onOpen(alert)}>
        {text}
      </button>
      <Link className="alert-line-host" to={pathOf({ page: 'host', host: alert.host })}>
        {alert.host}
      </Link>
      <span className="alert-line-time">
        <time dateTime={new Date(alert.startedAt).toISOString()} title={format.dateTime(alert.startedAt)}>
          {format.dateTime(alert.startedAt)}
        </time>
        <span className="alert-line-lasted">{format.duration((until - alert.startedAt) / 1_000)}</span>
      </span>
      <span className="alert-line-seen">
        {alert.acknowledged && (
          <span className="tag" title={alert.acknowledged.comment}>
            <Icon name="check" />
            {alert.acknowledged.by ?? '–'}
          </span>
        )}
        {alert.silenced && (
          <span className="tag">
            <Icon name="mute" />
            {t('alerts.silenced')}
          </span>
        )}
      </span>
      <span className="alert-line-actions">
        {open && operator && !alert.acknowledged && (
          <Action icon="check" label={t('alerts.acknowledge')} onClick={() => onAcknowledge(alert)} />
        )}
        {open && operator && !isNotice(alert) && (
          <Action icon="mute" label={t('alerts.silence')} onClick={() => onSilence(alert)} />
        )}
        <Link
          className="icon-button"
          to={exploreAround(alert)}
          aria-label={t('alerts.explore')}
          title={t('alerts.explore')}
        >
          <Icon name="explore" />
        </Link>
      </span>
    </div>
  )
}

function Action({ icon, label, onClick }: { icon: 'check' | 'mute'; label: string; onClick: () => void }) {
  return (
    <button
      type="button"
      className="icon-button"
      data-testid={`alert-${icon}`}
      aria-label={label}
      title={label}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  )
}

/** A recovered alert still says how bad it was. */
function Recovered({ level }: { level: ListedAlert['level'] }) {
  const { t } = useLanguage()
  return (
    <span className="level" title={t(`level.${level}`)}>
      <Icon name="check" />
      {t('alerts.recovered')}
    </span>
  )
}
