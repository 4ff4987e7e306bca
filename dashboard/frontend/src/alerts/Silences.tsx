import { useCallback, useState } from 'react'
import { errorText } from '../app/errorText'
import { hasRole } from '../app/roles'
import { useSession } from '../app/session'
import { useStores } from '../client/react'
import { Empty } from '../components/Empty'
import { Icon } from '../components/Icon'
import { PageSkeleton } from '../components/PageSkeleton'
import { useLanguage } from '../i18n'
import { endSilence, type Silence, silences } from './api'
import { SilenceForm } from './SilenceForm'
import { useList } from './useList'

/** Every silence that holds or will, and how to end it. */
export function Silences() {
  const { t } = useLanguage()
  const { api } = useStores()
  const { user } = useSession()
  const { items, error, reload } = useList(useCallback((signal) => silences(api, signal), [api]))
  const [making, setMaking] = useState(false)
  const [failed, setFailed] = useState<unknown>(null)
  const operator = hasRole(user, 'operator')
  const end = (id: number) => {
    setFailed(null)
    endSilence(api, id).then(reload, setFailed)
  }
  if (items === null && error !== null)
    return <Empty icon="warning" role="alert" title={t('alerts.failed')} text={errorText(t, error)} />
  if (items === null) return <PageSkeleton />
  const create = operator && (
    <button
      type="button"
      className="button button-primary"
      data-testid="new-silence"
      onClick={() => setMaking(true)}
    >
      <Icon name="plus" />
      {t('silence.new')}
    </button>
  )
  return (
    <>
      {items.length === 0 ? (
        <Empty icon="mute" title={t('silence.none')} text={t('silence.noneText')}>
          {create}
        </Empty>
      ) : (
        <>
          <div className="list-head">{create}</div>
          <ul className="list" data-testid="silences">
            {items.map((silence) => (
              <SilenceRow key={silence.id} silence={silence} onEnd={operator ? end : null} />
            ))}
          </ul>
        </>
      )}
      {failed !== null && (
        <p className="form-error" role="alert">
          {errorText(t, failed)}
        </p>
      )}
      {making && (
        <SilenceForm
          alert={null}
          onClose={() => setMaking(false)}
          onDone={() => {
            setMaking(false)
            reload()
          }}
        />
      )}
    </>
  )
}

function SilenceRow({ silence, onEnd }: { silence: Silence; onEnd: ((id: number) => void) | null }) {
  const { t, format } = useLanguage()
  const { host, component, recurrence, comment, active } = silence
  const days = format.weekdays()
  const when = recurrence
    ? `${recurrence.weekdays.map((day) => days[day]).join(' ')} · ${recurrence.start} – ${recurrence.end} ${recurrence.timezone}`
    : `${format.dateTime(silence.starts_at)} – ${silence.ends_at === null ? '' : format.dateTime(silence.ends_at)}`
  return (
    <li className="list-row">
      <span className={active ? 'tag tag-on' : 'tag'}>
        {t(active ? 'silence.active' : 'silence.waiting')}
      </span>
      <span className="list-main">
        <b>
          {component ? t(`component.${component}` as 'component.cpu') : t('silence.everyComponent')} ·{' '}
          {host ?? t('silence.everyHost')}
        </b>
        <span className="list-sub">{when}</span>
        {(comment || silence.created_by) && (
          <span className="list-sub">{[silence.created_by, comment].filter(Boolean).join(': ')}</span>
        )}
      </span>
      {onEnd && (
        <button type="button" className="button button-small" onClick={() => onEnd(silence.id)}>
          {t('silence.end')}
        </button>
      )}
    </li>
  )
}
