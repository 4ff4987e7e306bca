import { useCallback, useState } from 'react'
import { type Loaded, useLoaded } from '../app/useLoaded'
import { useSettled } from '../app/useSettled'
import type { ExecutionRecord, SavedQuery } from '../client/query/api'
import { Icon } from '../components/Icon'
import { SureButton } from '../components/SureButton'
import { useLanguage } from '../i18n'
import { elapsedText } from './RunStatus'
import { useLocalText, useQueries } from './useQueries'

/** Queries that answer a question at once. */
export function Examples({ onOpen }: { onOpen: (query: string) => void }) {
  const queries = useQueries()
  const local = useLocalText()
  const examples = useLoaded(useCallback((signal: AbortSignal) => queries.examples(signal), [queries]))
  return (
    <Listed loaded={examples}>
      {(list) => (
        <ul className="side-list">
          {list.map(({ id, title, query }) => (
            <li key={id}>
              <button
                type="button"
                className="side-item"
                data-testid={`example-${id}`}
                onClick={() => onOpen(query)}
              >
                <span className="side-title">{local(title)}</span>
                <code className="side-code">{query}</code>
              </button>
            </li>
          ))}
        </ul>
      )}
    </Listed>
  )
}

export interface SavedListProps {
  saved: Loaded<SavedQuery[]>
  onOpen: (saved: SavedQuery) => void
  onShare: (saved: SavedQuery) => void
  onRemove: (saved: SavedQuery) => void
}

export function SavedList({ saved, onOpen, onShare, onRemove }: SavedListProps) {
  const { t } = useLanguage()
  return (
    <Listed loaded={saved} none={t('console.saved.none')}>
      {(list) => (
        <ul className="side-list">
          {list.map((one) => (
            <li key={one.id} className="side-row">
              <button type="button" className="side-item" onClick={() => onOpen(one)}>
                <span className="side-title">{one.name}</span>
                {one.description && <span className="side-about">{one.description}</span>}
                <code className="side-code">{one.query}</code>
                {!one.mine && (
                  <span className="side-about">{t('console.saved.by', { name: one.owner })}</span>
                )}
              </button>
              {one.mine && (
                <span className="side-actions">
                  <button
                    type="button"
                    className="icon-button"
                    aria-label={t('console.saved.share', { name: one.name })}
                    title={t('console.saved.share', { name: one.name })}
                    onClick={() => onShare(one)}
                  >
                    <Icon name="link" />
                  </button>
                  <SureButton
                    small
                    icon="trash"
                    text={t('console.saved.remove', { name: one.name })}
                    sure={t('console.saved.sure')}
                    onSure={() => onRemove(one)}
                  />
                </span>
              )}
            </li>
          ))}
        </ul>
      )}
    </Listed>
  )
}

export interface HistoryListProps {
  /** Changes whenever a run ended, so that it is in the list. */
  turn: string
  onOpen: (record: ExecutionRecord) => void
  /** Shows the rows that are still kept. */
  onShow: (record: ExecutionRecord) => void
}

export function HistoryList({ turn, onOpen, onShow }: HistoryListProps) {
  const { t, format } = useLanguage()
  const queries = useQueries()
  const [search, setSearch] = useState('')
  const wanted = useSettled(search)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another `turn` loads again.
  const load = useCallback(
    (signal: AbortSignal) =>
      queries.executions(wanted === '' ? { limit: 50 } : { q: wanted, limit: 50 }, signal),
    [queries, wanted, turn],
  )
  const number = (value: number, digits?: number) => format.number(value, digits)
  return (
    <>
      <input
        className="side-search"
        type="search"
        value={search}
        aria-label={t('console.history.search')}
        placeholder={t('console.history.search')}
        onChange={(event) => setSearch(event.target.value)}
      />
      <Listed loaded={useLoaded(load)} none={t('console.history.none')}>
        {(list) => (
          <ul className="side-list">
            {list.map((record) => (
              <li key={record.id}>
                <button type="button" className="side-item" onClick={() => onOpen(record)}>
                  <span className={`side-about outcome-${record.state}`}>
                    {t(`console.outcome.${record.state}`)} · {format.dateTime(record.startedAt)}
                  </span>
                  <code className="side-code">{record.query}</code>
                  <span className="side-about">
                    {t('console.status.rows', { count: format.number(record.rows) })}
                    {record.elapsedMs !== null && ` · ${elapsedText(record.elapsedMs, number, t)}`}
                  </span>
                </button>
                {record.rowsKept && (
                  <button type="button" className="link-button" onClick={() => onShow(record)}>
                    {t('console.history.show')}
                  </button>
                )}
              </li>
            ))}
          </ul>
        )}
      </Listed>
    </>
  )
}

interface ListedProps<T> {
  loaded: Loaded<T[]>
  none?: string
  children: (list: T[]) => React.ReactNode
}

function Listed<T>({ loaded, none, children }: ListedProps<T>) {
  const { t } = useLanguage()
  if (loaded.data === null)
    return <p className="side-empty">{t(loaded.error ? 'console.side.failed' : 'app.loading')}</p>
  if (loaded.data.length === 0) return <p className="side-empty">{none}</p>
  return <>{children(loaded.data)}</>
}
