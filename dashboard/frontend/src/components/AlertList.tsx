import { useId } from 'react'
import { useStore } from 'zustand'
import { alertText } from '../app/alertText'
import { pathOfAlert } from '../app/router'
import { useNow } from '../app/useNow'
import type { HealthAlert } from '../client/protocol'
import { useHealth, useStores } from '../client/react'
import { useLanguage } from '../i18n'
import { Icon } from './Icon'
import { Level } from './Level'
import { Link } from './Link'

const RECOVERED_SHOWN = 15

/** Open alerts first, then what recovered lately; of one host where one is named. */
export function AlertList({ host }: { host?: string }) {
  const { t } = useLanguage()
  const title = useId()
  const { catalog } = useStores()
  const { alerts: all, isLoaded } = useHealth()
  const alerts = host === undefined ? all : all.filter((alert) => alert.host === host)
  const firing = alerts.filter((alert) => alert.state === 'firing').length
  const failed = useStore(catalog, (state) => state.alertsFailed)
  useNow(1_000)
  const shown = alerts.slice(0, firing + RECOVERED_SHOWN)
  return (
    <section className="panel" aria-labelledby={title}>
      <h2 className="panel-title" id={title}>
        {t('alerts.title')}
        {firing > 0 && <span className="count">{t('alerts.open', { count: firing })}</span>}
      </h2>
      <ul
        className="alerts"
        data-testid="alert-list"
        data-firing={firing}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable list must be reachable by the keyboard.
        tabIndex={0}
      >
        {shown.map((alert) => (
          <AlertRow key={alert.id} alert={alert} />
        ))}
        {!isLoaded && !failed && (
          <li className="alert">
            <span className="skeleton skeleton-line" />
          </li>
        )}
        {shown.length === 0 && (isLoaded || failed) && (
          <li className="panel-empty">
            <Icon name={failed ? 'warning' : 'check'} />
            {t(failed ? 'alerts.failed' : 'alerts.none')}
          </li>
        )}
      </ul>
    </section>
  )
}

function AlertRow({ alert }: { alert: HealthAlert }) {
  const { t, format } = useLanguage()
  const { client } = useStores()
  const open = alert.state === 'firing'
  const at = open ? alert.startedAt : (alert.endedAt ?? alert.timestamp)
  return (
    <li
      className={`alert alert-${open ? alert.level : 'recovered'}`}
      data-alert={alert.id}
      data-state={alert.state}
    >
      <div className="alert-head">
        {open ? (
          <Level level={alert.level} />
        ) : (
          <span className="level level-ok">
            <Icon name="check" />
            {t('alerts.recovered')}
          </span>
        )}
        <time dateTime={new Date(at).toISOString()} title={format.dateTime(at)}>
          {format.ago(client.clock.now() - at)}
        </time>
      </div>
      <Link className="alert-text" to={pathOfAlert(alert.id)}>
        {alertText(t, format, alert)}
      </Link>
      <div className="alert-foot">
        {alert.host}
        {!open && (
          <span>{t('alerts.lasted', { duration: format.duration((at - alert.startedAt) / 1_000) })}</span>
        )}
      </div>
    </li>
  )
}
