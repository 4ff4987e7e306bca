import '../i18n/areas/alerts'
import '../styles/alerts.css'
import { useMemo, useState } from 'react'
import { AlertDetail } from '../alerts/AlertDetail'
import { acknowledge, type ListedAlert } from '../alerts/api'
import { Filters } from '../alerts/Filters'
import { Notices } from '../alerts/Notices'
import { readFilter } from '../alerts/pages'
import { Rules } from '../alerts/Rules'
import { SilenceForm } from '../alerts/SilenceForm'
import { Silences } from '../alerts/Silences'
import { useAlertPages } from '../alerts/useAlertPages'
import { useAskedAlert } from '../alerts/useAskedAlert'
import { VirtualAlerts } from '../alerts/VirtualAlerts'
import { errorText } from '../app/errorText'
import { changeQuery, useQuery } from '../app/router'
import { useTitle } from '../app/useTitle'
import { ApiError } from '../client/errors'
import { useStores } from '../client/react'
import { Empty } from '../components/Empty'
import { PageSkeleton } from '../components/PageSkeleton'
import { StatusLine } from '../components/StatusLine'
import { useLanguage } from '../i18n'

const VIEWS = ['open', 'history', 'silences', 'maintenance', 'rules'] as const
type View = (typeof VIEWS)[number]

/** Open alerts, all there ever were, silences, maintenance notices, and the rules behind it all. */
export default function Alerts() {
  const { t } = useLanguage()
  const query = useQuery()
  const view = VIEWS.find((one) => one === new URLSearchParams(query).get('view')) ?? 'open'
  useTitle(t('nav.alerts'))
  return (
    <>
      <div className="subhead alerts-bar">
        <Views view={view} />
        <StatusLine />
      </div>
      <div className="content alerts-page">
        {view === 'silences' && <Silences />}
        {view === 'maintenance' && <Notices />}
        {view === 'rules' && <Rules />}
        {(view === 'open' || view === 'history') && <Listed key={view} view={view} query={query} />}
      </div>
    </>
  )
}

function isGone(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404
}

function Views({ view }: { view: View }) {
  const { t } = useLanguage()
  return (
    <fieldset className="segments">
      <legend className="sr-only">{t('nav.alerts')}</legend>
      {VIEWS.map((one) => (
        <button
          key={one}
          type="button"
          className="segment"
          data-testid={`view-${one}`}
          aria-pressed={one === view}
          // A day or an alert that was asked for is of the list before.
          onClick={() =>
            changeQuery({ view: one === 'open' ? null : one, from: null, to: null, alert: null })
          }
        >
          {t(`alerts.view.${one}`)}
        </button>
      ))}
    </fieldset>
  )
}

function Listed({ view, query }: { view: 'open' | 'history'; query: string }) {
  const { t } = useLanguage()
  const { api } = useStores()
  const filter = useMemo(
    () => readFilter(new URLSearchParams(query), view === 'open' ? 'firing' : undefined),
    [query, view],
  )
  const pages = useAlertPages(filter)
  const asked = useAskedAlert(query, pages)
  const show = (id: number | null) =>
    changeQuery({ alert: id === null ? null : String(id) }, { replace: true })
  const [silenced, setSilenced] = useState<ListedAlert | null>(null)
  const [failed, setFailed] = useState<unknown>(null)
  const acknowledgeNow = (alert: ListedAlert) => {
    setFailed(null)
    acknowledge(api, alert.id, '').then(pages.replace, setFailed)
  }
  return (
    <>
      <Filters filter={filter} days={view === 'history'} />
      {failed !== null && (
        <p className="notice notice-warning" role="alert">
          {errorText(t, failed)}
        </p>
      )}
      {asked.error !== null && (
        <p className="notice notice-warning" role="alert">
          {isGone(asked.error) ? t('alerts.gone') : errorText(t, asked.error)}
        </p>
      )}
      {pages.rows.length > 0 ? (
        <VirtualAlerts
          key={JSON.stringify(filter)} // another filter begins at the top
          pages={pages}
          onOpen={(alert) => show(alert.id)}
          onAcknowledge={acknowledgeNow}
          onSilence={setSilenced}
        />
      ) : pages.error !== null ? (
        <Empty icon="warning" role="alert" title={t('alerts.failed')} text={errorText(t, pages.error)} />
      ) : pages.loading ? (
        <PageSkeleton />
      ) : (
        <Empty icon="check" title={t(view === 'open' ? 'alerts.none' : 'alerts.noneEver')} />
      )}
      {asked.alert && (
        <AlertDetail
          alert={asked.alert}
          onClose={() => show(null)}
          onChanged={asked.replace}
          onSilence={(alert) => {
            show(null)
            setSilenced(alert)
          }}
        />
      )}
      {silenced && (
        <SilenceForm
          alert={silenced}
          onClose={() => setSilenced(null)}
          onDone={() => {
            pages.replace({ ...silenced, silenced: true })
            setSilenced(null)
          }}
        />
      )}
    </>
  )
}
