import { type ReactNode, useRef, useState } from 'react'
import { useStore } from 'zustand'
import { copyText } from '../app/clipboard'
import { exportPath } from '../client/query/api'
import type { QueryExecution } from '../client/query/execution'
import { useConnection } from '../client/react'
import { Icon } from '../components/Icon'
import { Menu } from '../components/Menu'
import { useLanguage } from '../i18n'
import { downloadShared } from './download'
import { ResultChart } from './ResultChart'
import { ResultTable, type TableHandle } from './ResultTable'
import { RunStatus } from './RunStatus'
import { useNotice } from './useNotice'

const VIEWS = ['table', 'chart'] as const
type View = (typeof VIEWS)[number]

export interface ResultPanelProps {
  execution: QueryExecution
  /** What fetches the file where the execution is somebody else's. */
  share?: string | null
  /** What to say before the first run. */
  hint?: string
  /** Further buttons. */
  children?: ReactNode
}

/** What came of a query: the line of its state, the rows or their picture, and ways to take them along. */
export function ResultPanel({ execution, share = null, hint, children }: ResultPanelProps) {
  const { t } = useLanguage()
  const query = useStore(execution.store, (state) => state.query)
  const stream = useStore(execution.store, (state) => state.stream)
  const { state } = useConnection(execution.endpoint)
  const [view, setView] = useState<View>('table')
  const table = useRef<TableHandle>(null)
  const [notice, say] = useNotice()
  const { rows } = execution
  const hasRows = rows.columns.length > 0
  const copy = (text: string | null | undefined) => {
    if (text === null || text === undefined) return
    copyText(text).then((copied) => say(t(copied ? 'console.copy.done' : 'console.copy.failed')))
  }
  return (
    <section
      className="result panel"
      aria-label={t('console.result')}
      data-testid="result"
      data-rows={stream.receivedRows}
    >
      <div className="result-head">
        <RunStatus query={query} stream={stream} online={state === 'connected'} />
        <div className="result-tools">
          {hasRows && (
            <>
              <ViewPicker view={view} onView={setView} />
              <CopyMenu table={table} shown={view === 'table'} onCopy={copy} />
              {query.executionId !== null && (
                <ExportMenu executionId={query.executionId} share={share} onFail={say} />
              )}
            </>
          )}
          {children}
        </div>
      </div>
      <span className="sr-only" role="status">
        {notice}
      </span>
      {notice && (
        <span className="toast" aria-hidden="true">
          {notice}
        </span>
      )}
      {!hasRows && (
        <p className="result-empty">
          {query.executing ? t('console.result.waiting') : (hint ?? t('console.result.empty'))}
        </p>
      )}
      {hasRows && view === 'chart' && <ResultChart rows={rows} version={stream.version} />}
      {hasRows && view === 'table' && (
        <ResultTable
          key={query.executionId}
          handle={table}
          rows={rows}
          version={stream.version}
          completed={stream.completed}
          onCopy={() => copy(table.current?.selectedText())}
        />
      )}
      {hasRows && stream.completed && rows.length === 0 && (
        <p className="result-empty">{t('console.result.none')}</p>
      )}
    </section>
  )
}

function ViewPicker({ view, onView }: { view: View; onView: (view: View) => void }) {
  const { t } = useLanguage()
  return (
    <fieldset className="segments">
      <legend className="sr-only">{t('console.view')}</legend>
      {VIEWS.map((name) => (
        <label key={name} data-testid={`view-${name}`}>
          <input type="radio" name="result-view" checked={view === name} onChange={() => onView(name)} />
          <span>
            <Icon name={name === 'table' ? 'table' : 'explore'} />
            {t(`console.view.${name}`)}
          </span>
        </label>
      ))}
    </fieldset>
  )
}

interface CopyMenuProps {
  table: React.RefObject<TableHandle | null>
  shown: boolean
  onCopy: (text: string | null | undefined) => void
}

function CopyMenu({ table, shown, onCopy }: CopyMenuProps) {
  const { t } = useLanguage()
  if (!shown) return null
  return (
    <Menu
      closes
      className="button button-small"
      label={t('console.copy')}
      button={<MenuFace icon="copy" text={t('console.copy')} />}
    >
      <button type="button" className="menu-item" onClick={() => onCopy(table.current?.selectedText())}>
        {t('console.copy.cells')}
      </button>
      <button type="button" className="menu-item" onClick={() => onCopy(table.current?.rowsText())}>
        {t('console.copy.rows')}
      </button>
      <button type="button" className="menu-item" onClick={() => onCopy(table.current?.allText('tsv'))}>
        {t('console.copy.allTsv')}
      </button>
      <button type="button" className="menu-item" onClick={() => onCopy(table.current?.allText('csv'))}>
        {t('console.copy.allCsv')}
      </button>
    </Menu>
  )
}

interface ExportMenuProps {
  executionId: string
  share: string | null
  onFail: (text: string) => void
}

function ExportMenu({ executionId, share, onFail }: ExportMenuProps) {
  const { t } = useLanguage()
  const formats = ['csv', 'json'] as const
  return (
    <Menu
      closes
      className="button button-small"
      label={t('console.export')}
      button={<MenuFace icon="download" text={t('console.export')} />}
    >
      {formats.map((format) =>
        share === null ? (
          <a key={format} className="menu-item" href={exportPath(executionId, format)} download>
            {t(`console.export.${format}`)}
          </a>
        ) : (
          <button
            key={format}
            type="button"
            className="menu-item"
            onClick={() =>
              downloadShared(executionId, share, format).catch(() => onFail(t('console.export.failed')))
            }
          >
            {t(`console.export.${format}`)}
          </button>
        ),
      )}
    </Menu>
  )
}

export function MenuFace({ icon, text }: { icon: Parameters<typeof Icon>[0]['name']; text: string }) {
  return (
    <>
      <Icon name={icon} />
      <span className="button-text">{text}</span>
      <Icon name="chevron" />
    </>
  )
}
