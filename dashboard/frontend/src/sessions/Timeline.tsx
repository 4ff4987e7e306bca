import { useCallback, useMemo, useState } from 'react'
import { useLoaded } from '../app/useLoaded'
import type { TimelineEntry } from '../client/collab/messages'
import type { SessionState } from '../client/collab/state'
import { elapsedText } from '../console/RunStatus'
import { useLanguage } from '../i18n'
import type { MessageKey } from '../i18n/en'
import { hasText } from '../i18n/translate'
import { useSessions } from './useSessions'

/** Everything that happened, in one line each, newest at the end: the report in the making. */
export function Timeline({ id, state }: { id: string; state: SessionState }) {
  const { t, format } = useLanguage()
  const sessions = useSessions()
  const loaded = useLoaded(useCallback(() => sessions.timeline(id), [sessions, id]))
  const [older, setOlder] = useState<{ entries: TimelineEntry[]; next: number | null } | null>(null)
  const next = older ? older.next : (loaded.data?.next ?? null)
  const entries = useMemo(
    () => merged([older?.entries ?? [], loaded.data?.results ?? [], state.timeline]),
    [older, loaded.data, state.timeline],
  )
  const more = () => {
    if (next === null) return
    sessions.timeline(id, next).then(
      (page) => setOlder({ entries: [...page.results, ...(older?.entries ?? [])], next: page.next }),
      () => undefined,
    )
  }
  if (loaded.data === null)
    return <p className="side-empty">{t(loaded.error ? 'console.side.failed' : 'app.loading')}</p>
  return (
    <div className="timeline">
      {next !== null && (
        <button type="button" className="link-button" onClick={more}>
          {t('sessions.chat.older')}
        </button>
      )}
      <ol>
        {entries.map((entry) => (
          <li key={entry.number} className={`event event-${entry.kind}`} data-testid="timeline-entry">
            <time dateTime={new Date(entry.timestamp).toISOString()} title={format.dateTime(entry.timestamp)}>
              {format.time(entry.timestamp)}
            </time>
            <EntryText entry={entry} />
          </li>
        ))}
      </ol>
    </div>
  )
}

function EntryText({ entry }: { entry: TimelineEntry }) {
  const { t, format } = useLanguage()
  const { kind, actorName, data } = entry
  const key = `sessions.event.${kind}`
  const words = hasText(key) ? t(key as Extract<MessageKey, `sessions.event.${string}`>) : kind
  const elapsed =
    typeof data.elapsedMs === 'number'
      ? elapsedText(data.elapsedMs, (value, digits) => format.number(value, digits), t)
      : ''
  return (
    <div className="event-words">
      <p>
        <strong>{actorName}</strong> {words}
        {typeof data.number === 'number' && kind.startsWith('run') && ` #${data.number}`}
        {kind === 'run_finished' &&
          ` · ${outcome(data.status, t)} · ${t('console.status.rows', { count: format.number(Number(data.rows ?? 0)) })} ${elapsed}`}
      </p>
      <Detail entry={entry} />
    </div>
  )
}

function outcome(status: unknown, t: ReturnType<typeof useLanguage>['t']): string {
  if (status === 'completed' || status === 'failed' || status === 'cancelled')
    return t(`console.outcome.${status}`)
  return t('console.outcome.running')
}

/** What the happening was about: the words of a message, the statement of a run, a new title, a person. */
function Detail({ entry: { kind, data } }: { entry: TimelineEntry }) {
  const { t } = useLanguage()
  if (kind === 'message') {
    const text = data.deleted ? t('sessions.chat.deleted') : String(data.content ?? '')
    return <p className="event-detail">{text}</p>
  }
  if (kind === 'run_started') return <code className="side-code">{String(data.query ?? '')}</code>
  const detail = data.message ?? data.title ?? data.memberName ?? data.error
  return detail ? <p className="event-detail">{String(detail)}</p> : null
}

function merged(lists: readonly (readonly TimelineEntry[])[]): TimelineEntry[] {
  const byNumber = new Map(lists.flat().map((entry) => [entry.number, entry]))
  return [...byNumber.values()].sort((a, b) => a.number - b.number)
}
