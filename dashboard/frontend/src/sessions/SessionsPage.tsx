import { useCallback, useEffect, useState } from 'react'
import { errorText } from '../app/errorText'
import { navigate, pathOf } from '../app/router'
import { useLoaded } from '../app/useLoaded'
import { useSettled } from '../app/useSettled'
import type { SessionFilter, SessionSummary } from '../client/collab/api'
import { Empty } from '../components/Empty'
import { Icon } from '../components/Icon'
import { Link } from '../components/Link'
import { PageSkeleton } from '../components/PageSkeleton'
import { useNotice } from '../console/useNotice'
import { useLanguage } from '../i18n'
import { Avatars } from './Avatars'
import { useSessions } from './useSessions'

const FILTERS: readonly SessionFilter[] = ['open', 'archived', 'all']

/** The sessions one belongs to: to go on with, to find again, to put away. */
export function SessionsPage() {
  const { t } = useLanguage()
  const sessions = useSessions()
  const [filter, setFilter] = useState<SessionFilter>('open')
  const [search, setSearch] = useState('')
  const wanted = useSettled(search)
  const [notice, say] = useNotice()
  const failed = (error: unknown) => say(errorText(t, error))
  const loaded = useLoaded(
    useCallback(
      (signal: AbortSignal) =>
        sessions.list(wanted === '' ? { state: filter } : { state: filter, q: wanted }, signal),
      [sessions, filter, wanted],
    ),
  )
  const [more, setMore] = useState<{ results: SessionSummary[]; next: string | null } | null>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another first page makes the further ones void.
  useEffect(() => setMore(null), [loaded.data])
  const list = [...(loaded.data?.results ?? []), ...(more?.results ?? [])]
  const next = more ? more.next : (loaded.data?.next ?? null)
  const create = () =>
    sessions.create({}).then(({ id }) => navigate(pathOf({ page: 'session', session: id })), failed)
  const loadMore = () => {
    const cursor = next && new URL(next, location.href).searchParams.get('cursor')
    if (!cursor) return
    sessions
      .list({ state: filter, ...(wanted === '' ? {} : { q: wanted }), cursor })
      .then(
        (page) => setMore({ results: [...(more?.results ?? []), ...page.results], next: page.next }),
        failed,
      )
  }
  return (
    <div className="sessions content">
      <div className="sessions-head">
        <h1>{t('nav.sessions')}</h1>
        <input
          type="search"
          className="sessions-search"
          value={search}
          aria-label={t('sessions.search')}
          placeholder={t('sessions.search')}
          onChange={(event) => setSearch(event.target.value)}
        />
        <fieldset className="segments">
          <legend className="sr-only">{t('sessions.filter')}</legend>
          {FILTERS.map((name) => (
            <label key={name}>
              <input type="radio" name="filter" checked={filter === name} onChange={() => setFilter(name)} />
              <span>{t(`sessions.filter.${name}`)}</span>
            </label>
          ))}
        </fieldset>
        <button type="button" className="button-primary" data-testid="new-session" onClick={create}>
          <Icon name="plus" />
          {t('sessions.new')}
        </button>
      </div>
      {loaded.data === null && loaded.error === null && <PageSkeleton />}
      {loaded.data !== null && list.length === 0 && (
        <Empty
          icon="sessions"
          title={t(wanted === '' ? 'sessions.none' : 'sessions.noneFound')}
          text={t('sessions.none.text')}
        />
      )}
      {loaded.data === null && loaded.error !== null && (
        <Empty icon="critical" title={errorText(t, loaded.error)} role="alert" />
      )}
      <ul className="session-list">
        {list.map((session) => (
          <SessionCard
            key={session.id}
            session={session}
            onArchive={() =>
              sessions.change(session.id, { archived: !session.archived }).then(loaded.reload, failed)
            }
          />
        ))}
      </ul>
      {next !== null && (
        <button type="button" className="button" onClick={loadMore}>
          {t('sessions.more')}
        </button>
      )}
      {notice && (
        <p className="toast" role="status">
          {notice}
        </p>
      )}
    </div>
  )
}

function SessionCard({ session, onArchive }: { session: SessionSummary; onArchive: () => void }) {
  const { t, format } = useLanguage()
  const { context, online, unread } = session
  return (
    <li className="panel session-card" data-testid="session-card">
      <div className="session-card-head">
        <Link className="session-card-title" to={pathOf({ page: 'session', session: session.id })}>
          {session.title}
        </Link>
        {unread > 0 && (
          <span className="unread">{t('sessions.unread', { count: format.number(unread) })}</span>
        )}
        {online.length > 0 && <Avatars people={online} />}
      </div>
      {context?.message && (
        <p className={`session-card-context context-${context.level ?? 'info'}`}>
          <Icon name="bell" />
          {context.message}
        </p>
      )}
      {session.query.trim() !== '' && <code className="side-code">{session.query}</code>}
      <div className="session-card-foot">
        <span>
          {t('sessions.card', {
            name: session.createdBy.name,
            ago: format.ago(Date.now() - session.updatedAt),
            count: format.number(session.members),
          })}
        </span>
        {session.role === 'owner' && (
          <button type="button" className="link-button" onClick={onArchive}>
            {t(session.archived ? 'sessions.reopen' : 'sessions.archive')}
          </button>
        )}
      </div>
    </li>
  )
}
