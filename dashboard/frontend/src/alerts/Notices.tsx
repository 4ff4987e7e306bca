import { useCallback, useState } from 'react'
import { errorText } from '../app/errorText'
import { hasRole } from '../app/roles'
import { useSession } from '../app/session'
import { useNow } from '../app/useNow'
import { useStores } from '../client/react'
import { Empty } from '../components/Empty'
import { Icon } from '../components/Icon'
import { PageSkeleton } from '../components/PageSkeleton'
import { SureButton } from '../components/SureButton'
import { useLanguage } from '../i18n'
import { changeNotice, deleteNotice, type Maintenance, notices } from './api'
import { NoticeForm } from './NoticeForm'
import { groupNotices, NOTICE_STATES, type NoticeState } from './notices'
import { useList } from './useList'

/** Of what is over, so many are shown until somebody asks for all. */
const PAST_SHOWN = 20
/** How often it is looked whether a notice has begun or ended, ms. */
const EVERY_MS = 5_000

/** Maintenance notices: those in force, to come, and over; operators write them. */
export function Notices() {
  const { t } = useLanguage()
  const { api, client } = useStores()
  const { user } = useSession()
  const { items, error, reload } = useList(useCallback((signal) => notices(api, signal), [api]))
  const [edited, setEdited] = useState<Maintenance | 'new' | null>(null)
  const [failed, setFailed] = useState<unknown>(null)
  const [whole, setWhole] = useState(false)
  useNow(EVERY_MS)
  if (items === null && error !== null)
    return <Empty icon="warning" role="alert" title={t('notice.failed')} text={errorText(t, error)} />
  if (items === null) return <PageSkeleton />
  const operator = hasRole(user, 'operator')
  const attempt = (work: Promise<unknown>) => {
    setFailed(null)
    work.then(reload, setFailed)
  }
  const actions: NoticeActions | null = operator
    ? {
        onEdit: setEdited,
        onEnd: ({ id }) => attempt(changeNotice(api, id, { ends_at: Math.floor(client.clock.now()) })),
        onDelete: ({ id }) => attempt(deleteNotice(api, id)),
      }
    : null
  const create = operator && (
    <button
      type="button"
      className="button button-primary"
      data-testid="new-notice"
      onClick={() => setEdited('new')}
    >
      <Icon name="plus" />
      {t('notice.new')}
    </button>
  )
  const groups = groupNotices(items, client.clock.now())
  return (
    <>
      {items.length === 0 ? (
        <Empty icon="info" title={t('notice.none')} text={t('notice.noneText')}>
          {create}
        </Empty>
      ) : (
        <div className="list-head">{create}</div>
      )}
      {failed !== null && (
        <p className="notice notice-warning" role="alert">
          {errorText(t, failed)}
        </p>
      )}
      {NOTICE_STATES.filter((state) => groups[state].length > 0).map((state) => (
        <section key={state} aria-labelledby={`notices-${state}`}>
          <h2 className="list-title" id={`notices-${state}`}>
            {t(`notice.${state}`)}
          </h2>
          <ul className="list" data-testid={`notices-${state}`}>
            {groups[state].slice(0, state === 'past' && !whole ? PAST_SHOWN : undefined).map((notice) => (
              <NoticeRow key={notice.id} notice={notice} state={state} actions={actions} />
            ))}
          </ul>
        </section>
      ))}
      {!whole && groups.past.length > PAST_SHOWN && (
        <button type="button" className="button list-more" onClick={() => setWhole(true)}>
          {t('notice.all', { count: groups.past.length })}
        </button>
      )}
      {edited !== null && (
        <NoticeForm
          notice={edited === 'new' ? null : edited}
          onClose={() => setEdited(null)}
          onDone={() => {
            setEdited(null)
            reload()
          }}
        />
      )}
    </>
  )
}

interface NoticeActions {
  onEdit: (notice: Maintenance) => void
  onEnd: (notice: Maintenance) => void
  onDelete: (notice: Maintenance) => void
}

interface NoticeRowProps {
  notice: Maintenance
  state: NoticeState
  /** Null for those who may only look. */
  actions: NoticeActions | null
}

function NoticeRow({ notice, state, actions }: NoticeRowProps) {
  const { t, format } = useLanguage()
  const { text, starts_at, ends_at, created_by } = notice
  const when = `${format.dateTime(starts_at)} – ${format.dateTime(ends_at)}`
  return (
    <li className="list-row">
      <span className="list-main">
        <b>{text}</b>
        <span className="list-sub">{created_by ? `${when} · ${created_by}` : when}</span>
      </span>
      {actions && (
        <span className="list-actions">
          {state === 'now' && (
            <button type="button" className="button button-small" onClick={() => actions.onEnd(notice)}>
              {t('notice.end')}
            </button>
          )}
          {state !== 'past' && (
            <button type="button" className="button button-small" onClick={() => actions.onEdit(notice)}>
              {t('notice.change')}
            </button>
          )}
          <SureButton
            small
            text={t('notice.delete')}
            sure={t('notice.deleteSure')}
            onSure={() => actions.onDelete(notice)}
          />
        </span>
      )}
    </li>
  )
}
