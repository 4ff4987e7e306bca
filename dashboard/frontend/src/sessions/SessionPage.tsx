import { useCallback, useMemo, useRef, useState } from 'react'
import { useStore } from 'zustand'
import { errorText } from '../app/errorText'
import { hasRole } from '../app/roles'
import { pathOf } from '../app/router'
import { useSession } from '../app/session'
import { reportPath } from '../client/collab/api'
import { CLOSE } from '../client/errors'
import { useConnection, useExecution } from '../client/react'
import { useCollaborativeSession } from '../client/react/collaboration'
import { Empty } from '../components/Empty'
import { Icon } from '../components/Icon'
import { Link } from '../components/Link'
import { PageSkeleton } from '../components/PageSkeleton'
import { type EditorHandle, SqlEditor } from '../console/editor/SqlEditor'
import { useEditorTexts } from '../console/editor/useEditorTexts'
import { ParameterFields } from '../console/ParameterFields'
import { askedParameters } from '../console/parameters'
import { ResultPanel } from '../console/ResultPanel'
import { Toolbar } from '../console/Toolbar'
import { useEditorSchema } from '../console/useEditorSchema'
import { useNotice } from '../console/useNotice'
import { usePageKeys } from '../console/usePageKeys'
import { useRun } from '../console/useRun'
import { useLanguage } from '../i18n'
import { Avatars } from './Avatars'
import { ContextCard } from './ContextCard'
import { OfflineBanner } from './OfflineBanner'
import { SessionSide } from './SessionSide'
import { sharedText } from './sharedText'
import { Title } from './Title'
import { useSessions } from './useSessions'
import { useSharedRun } from './useSharedRun'

const OPTIONS = () => ({ source: null })

/** One query that several people write, run and talk about at the same time. */
export function SessionPage({ id }: { id: string }) {
  const { t, locale } = useLanguage()
  const { user } = useSession()
  const sessions = useSessions()
  const { session, sessionState: state, connectionState } = useCollaborativeSession(id)
  const execution = useExecution()
  const online = useConnection(execution.endpoint).state === 'connected'
  const running = useStore(execution.store, ({ query }) => query.executing)
  const shownRun = useStore(execution.store, ({ query }) => query.executionId)
  const { run: latest, cancel } = useSharedRun(session, execution)
  const [notice, say] = useNotice()
  const failed = (error: unknown) => say(errorText(t, error))

  const editor = useRef<EditorHandle>(null)
  const texts = useEditorTexts()
  const analyst = hasRole(user, 'analyst')
  const schema = useEditorSchema(null, analyst)
  const archived = state.session?.archived ?? false
  const mayEdit = !archived && (state.role === 'owner' || state.role === 'editor')
  // biome-ignore lint/correctness/useExhaustiveDependencies: another generation is another document.
  const extensions = useMemo(() => sharedText(session), [session, state.generation])
  const parameters = useMemo(() => askedParameters(state.currentQuery, []), [state.currentQuery])
  const [values, setValues] = useState<Record<string, string>>({})
  const { run, explain, format } = useRun({
    editor,
    execution,
    dialect: schema.editor.dialect,
    options: OPTIONS,
    parameters,
    texts: values,
    say,
  })
  const busy = running || latest?.status === 'running'
  const start = () => {
    if (mayEdit && analyst && online && state.joined && !busy) run()
  }
  usePageKeys({ run: start, cancel: () => busy && cancel() })
  const showRun = useCallback(
    (number: number | undefined, executionId: string | undefined) => {
      const wanted = session.store
        .getState()
        .runs.find((one) => one.executionId === executionId || one.number === number)
      if (wanted) execution.attach(wanted.executionId, wanted.share ?? undefined)
    },
    [session, execution],
  )

  if (!state.session) return <Waiting closeCode={connectionState.closeCode} state={connectionState.state} />
  const change = (fields: { title?: string; archived?: boolean }) => sessions.change(id, fields).catch(failed)
  const report = reportPath(
    id,
    locale === 'en' ? 'en' : 'zh',
    Intl.DateTimeFormat().resolvedOptions().timeZone,
  )
  const share = latest && latest.executionId === shownRun ? latest.share : shareOf(state.runs, shownRun)
  return (
    <div className="session" data-testid="session" data-joined={state.joined} data-unsent={state.unsent}>
      <div className="session-head">
        <Title
          title={state.session.title}
          label={t('sessions.title')}
          editable={state.role === 'owner' && !archived}
          onChange={(title) => change({ title })}
        />
        {archived && <span className="session-archived">{t('sessions.archived')}</span>}
        {state.role === 'viewer' && <span className="session-archived">{t('sessions.readOnly')}</span>}
        <Avatars people={state.participants} />
        <a className="button button-small" href={report} download>
          <Icon name="download" />
          {t('sessions.export')}
        </a>
        {state.role === 'owner' && (
          <button
            type="button"
            className="button button-small"
            onClick={() => change({ archived: !archived })}
          >
            <Icon name="archive" />
            {t(archived ? 'sessions.reopen' : 'sessions.archive')}
          </button>
        )}
      </div>
      <OfflineBanner state={state} connection={connectionState} onRetry={() => session.endpoint.connect()} />
      <div className="session-body">
        <div className="console-main">
          {state.session.context && <ContextCard context={state.session.context} />}
          <section className="panel editor-panel" aria-label={t('editor.label')}>
            <Toolbar
              canRun={mayEdit && analyst && state.joined}
              running={busy}
              online={online}
              onRun={start}
              onCancel={cancel}
              onFormat={format}
              onExplain={explain}
            >
              <RunOwner run={latest} busy={busy} you={state.you} />
            </Toolbar>
            <ParameterFields parameters={parameters} texts={values} onChange={setValues} />
            <SqlEditor
              key={state.generation}
              handle={editor}
              initial={session.text.toString()}
              schema={schema.editor}
              texts={texts}
              extensions={extensions}
              readOnly={!mayEdit}
              onRun={start}
              onFormat={format}
            />
          </section>
          <ResultPanel execution={execution} share={share} hint={t('sessions.run.none')} />
        </div>
        <SessionSide id={id} session={session} state={state} onRun={showRun} say={say} />
      </div>
      {notice && (
        <p className="toast" role="status">
          {notice}
        </p>
      )}
    </div>
  )
}

type State = ReturnType<typeof useCollaborativeSession>['sessionState']

function shareOf(runs: State['runs'], executionId: string | null): string | null {
  return runs.find((run) => run.executionId === executionId)?.share ?? null
}

function RunOwner({
  run,
  busy,
  you,
}: {
  run: State['runs'][number] | null
  busy: boolean
  you: string | null
}) {
  const { t } = useLanguage()
  if (!run) return null
  const name = run.startedBy === you ? t('sessions.you') : run.startedByName
  return (
    <span className="run-owner" data-testid="run-owner">
      {t(busy ? 'sessions.run.by' : 'sessions.run.was', { number: run.number, name })}
    </span>
  )
}

/** Before the first state: on its way, not allowed, or not there. */
function Waiting({ closeCode, state }: { closeCode: number | null; state: string }) {
  const { t } = useLanguage()
  if (state !== 'disconnected' || closeCode === null || closeCode === CLOSE.NORMAL) return <PageSkeleton />
  const title = closeCode === CLOSE.NOT_ALLOWED ? t('sessions.notMember') : t('sessions.unknown')
  return (
    <Empty icon="sessions" title={title} text={t('sessions.unknown.text')} role="alert">
      <Link className="button" to={pathOf({ page: 'sessions' })}>
        {t('sessions.all')}
      </Link>
    </Empty>
  )
}
