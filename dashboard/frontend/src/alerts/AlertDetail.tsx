import { type FormEvent, useEffect, useState } from 'react'
import { alertText, componentValue } from '../app/alertText'
import { errorText } from '../app/errorText'
import { hasRole } from '../app/roles'
import { navigate, pathOf } from '../app/router'
import { useSession } from '../app/session'
import { useStores } from '../client/react'
import { Dialog } from '../components/Dialog'
import { Icon } from '../components/Icon'
import { Link } from '../components/Link'
import { useLanguage } from '../i18n'
import { exploreAround, isNotice } from './AlertItem'
import {
  type AlertTransition,
  acknowledge,
  alertWithTransitions,
  type ListedAlert,
  sessionFromAlert,
  takeBack,
} from './api'

export interface AlertDetailProps {
  alert: ListedAlert
  onClose: () => void
  onChanged: (alert: ListedAlert) => void
  onSilence: (alert: ListedAlert) => void
}

/** One alert: what became of it, who has seen it, and where to go on. */
export function AlertDetail({ alert, onClose, onChanged, onSilence }: AlertDetailProps) {
  const { t, format } = useLanguage()
  const { api } = useStores()
  const { user } = useSession()
  const [failed, setFailed] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  const open = alert.state === 'firing'
  const operator = hasRole(user, 'operator')
  const text = alertText(t, format, alert)
  const attempt = async (work: () => Promise<void>) => {
    if (busy) return
    setBusy(true)
    setFailed(null)
    await work().catch(setFailed)
    setBusy(false)
  }
  const confirm = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const comment = String(new FormData(event.currentTarget).get('comment')).trim()
    void attempt(async () => onChanged(await acknowledge(api, alert.id, comment)))
  }
  const undo = () =>
    attempt(async () => onChanged((await takeBack(api, alert.id)) ?? { ...alert, acknowledged: null }))
  const session = () =>
    attempt(async () => {
      const { id } = await sessionFromAlert(api, alert, text)
      navigate(pathOf({ page: 'session', session: id }))
    })
  return (
    <Dialog title={text} onClose={onClose}>
      <p className="dialog-lead">
        {alert.host} · {format.dateTime(alert.startedAt)}
      </p>
      <Transitions alert={alert} />
      {alert.acknowledged && (
        <p className="alert-seen">
          <Icon name="check" />
          {t('alerts.seenBy', {
            by: alert.acknowledged.by ?? '–',
            time: format.dateTime(alert.acknowledged.at),
          })}
          {alert.acknowledged.comment && <q>{alert.acknowledged.comment}</q>}
        </p>
      )}
      {open && operator && !alert.acknowledged && (
        <form className="dialog-row" onSubmit={confirm}>
          <input
            className="input"
            name="comment"
            maxLength={500}
            aria-label={t('alerts.comment')}
            placeholder={t('alerts.comment')}
          />
          <button
            type="submit"
            className="button button-primary"
            data-testid="acknowledge"
            aria-disabled={busy}
          >
            {t('alerts.acknowledge')}
          </button>
        </form>
      )}
      <div className="dialog-actions">
        <Link className="button" to={exploreAround(alert)}>
          <Icon name="explore" />
          {t('alerts.explore')}
        </Link>
        <button
          type="button"
          className="button"
          data-testid="open-session"
          aria-disabled={busy}
          onClick={session}
        >
          <Icon name="sessions" />
          {t('alerts.session')}
        </button>
        {open && operator && !isNotice(alert) && (
          <button type="button" className="button" onClick={() => onSilence(alert)}>
            <Icon name="mute" />
            {t('alerts.silence')}
          </button>
        )}
        {alert.acknowledged && operator && open && (
          <button type="button" className="button" aria-disabled={busy} onClick={undo}>
            {t('alerts.takeBack')}
          </button>
        )}
      </div>
      {failed !== null && (
        <p className="form-error" role="alert">
          {errorText(t, failed)}
        </p>
      )}
    </Dialog>
  )
}

/** What happened to an alert, oldest first. */
function Transitions({ alert }: { alert: ListedAlert }) {
  const { t, format } = useLanguage()
  const { api } = useStores()
  const [steps, setSteps] = useState<readonly AlertTransition[] | 'failed' | null>(null)
  const { id, state, level } = alert
  // biome-ignore lint/correctness/useExhaustiveDependencies: a change of the alert is a step more.
  useEffect(() => {
    const abort = new AbortController()
    alertWithTransitions(api, id, abort.signal).then(
      ({ transitions }) => setSteps(transitions),
      () => {
        if (!abort.signal.aborted) setSteps('failed')
      },
    )
    return () => abort.abort()
  }, [api, id, state, level])
  if (steps === null) return <span className="skeleton skeleton-line" />
  if (steps === 'failed') return <p className="form-error">{t('alerts.stepsFailed')}</p>
  return (
    <ol className="transitions">
      {steps.map((step) => (
        <li key={`${step.timestamp} ${step.state} ${step.level} ${step.message}`}>
          <time>{format.dateTimeSeconds(step.timestamp)}</time>
          <b>{step.state === 'recovered' ? t('alerts.recovered') : t(`level.${step.level}`)}</b>
          <span>
            {step.level === 'info'
              ? step.message
              : `${componentValue(format, alert.component, step.value)} / ${componentValue(format, alert.component, step.threshold)}`}
          </span>
        </li>
      ))}
    </ol>
  )
}
