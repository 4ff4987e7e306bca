import { useCallback, useMemo, useRef, useState } from 'react'
import { useStore } from 'zustand'
import { copyText } from '../app/clipboard'
import { errorText } from '../app/errorText'
import { hasRole } from '../app/roles'
import { navigate, pathOf } from '../app/router'
import { useSession } from '../app/session'
import { readSetting, writeSetting } from '../app/settings'
import { useLoaded } from '../app/useLoaded'
import { SessionsApi } from '../client/collab/api'
import type { Parameter, SavedQuery } from '../client/query/api'
import { useConnection, useExecution, useStores } from '../client/react'
import { Empty } from '../components/Empty'
import { useLanguage } from '../i18n'
import { type EditorHandle, SqlEditor } from './editor/SqlEditor'
import { ownHistory } from './editor/setup'
import { useEditorTexts } from './editor/useEditorTexts'
import { Examples, HistoryList, SavedList } from './Library'
import { ParameterFields } from './ParameterFields'
import { askedParameters } from './parameters'
import { ResultPanel } from './ResultPanel'
import { SaveDialog } from './SaveDialog'
import { SchemaBrowser } from './SchemaBrowser'
import { type Section, Sidebar } from './Sidebar'
import { SourcePicker } from './SourcePicker'
import { CountRows, ToolButton, Toolbar } from './Toolbar'
import { useDraft } from './useDraft'
import { useEditorSchema } from './useEditorSchema'
import { useLinks } from './useLinks'
import { useNotice } from './useNotice'
import { usePageKeys } from './usePageKeys'
import { useQueries } from './useQueries'
import { useRun } from './useRun'
import { useSwitch } from './useSwitch'
import { useWatch } from './useWatch'

const WIDE = matchMedia('(min-width: 1001px)')

/** The SQL console: a question, its answer, and everything that helps to ask. */
export function ConsolePage() {
  const { t } = useLanguage()
  const { user } = useSession()
  const { api } = useStores()
  const queries = useQueries()
  const canRun = hasRole(user, 'analyst')
  const execution = useExecution()
  const online = useConnection(execution.endpoint).state === 'connected'
  const running = useStore(execution.store, ({ query }) => query.executing)
  const executionId = useStore(execution.store, ({ query }) => query.executionId)
  const attached = useStore(execution.store, ({ query }) => query.attached)

  const editor = useRef<EditorHandle>(null)
  const texts = useEditorTexts()
  const [draft, setDraft] = useDraft()
  const [first] = useState(draft)
  const [source, setSource] = useState<number | null>(() => Number(readSetting('console.source')) || null)
  const [known, setKnown] = useState<readonly Parameter[]>([])
  const [values, setValues] = useState<Record<string, string>>({})
  const [section, setSection] = useState<Section>('examples')
  const [sideOpen, setSideOpen] = useState(() => WIDE.matches)
  const [saving, setSaving] = useState(false)
  const [share, setShare] = useState<string | null>(null)
  const [notice, say] = useNotice()

  const schema = useEditorSchema(source, canRun)
  const saved = useLoaded(
    useCallback(
      (signal: AbortSignal) => (canRun ? queries.saved(signal) : Promise.resolve<SavedQuery[]>([])),
      [queries, canRun],
    ),
  )
  const parameters = useMemo(() => askedParameters(draft, known), [draft, known])
  const [counted, setCounted] = useSwitch('console.count')
  const options = useCallback(() => ({ source, countRows: counted }), [source, counted])
  const { run, explain, format } = useRun({
    editor,
    execution,
    dialect: schema.editor.dialect,
    options,
    parameters,
    texts: values,
    say,
  })
  const start = () => {
    if (!canRun || !online) return
    setShare(null)
    run()
  }
  const cancel = () => execution.cancel()
  usePageKeys({ run: start, cancel })

  const show = (query: string, its: readonly Parameter[] = []) => {
    setKnown(its)
    setValues({})
    editor.current?.replace(query)
    editor.current?.focus()
    if (!WIDE.matches) setSideOpen(false)
  }
  const openSaved = (one: SavedQuery) => {
    chooseSource(one.source)
    show(one.query, one.parameters)
  }
  const chooseSource = (id: number | null) => {
    writeSetting('console.source', id === null ? '' : String(id))
    setSource(id)
  }
  const failed = (error: unknown) => say(errorText(t, error))
  const copyLink = (link: string) =>
    copyText(new URL(link, location.href).href).then((copied) =>
      say(t(copied ? 'console.share.copied' : 'console.copy.failed')),
    )
  const attach = useWatch(execution, (query) => show(query))
  const watch = (id: string, token?: string) => {
    setShare(token ?? null)
    attach(id, token)
  }
  useLinks(({ run: asked, saved: token }) => {
    if (asked) watch(asked.id, asked.share)
    if (token) queries.openSaved(token).then(openSaved, failed)
  })
  const openSession = () => {
    const context = { source: 'console', ...(executionId ? { executionId } : {}) }
    new SessionsApi(api)
      .create({ query: editor.current?.text() ?? '', context })
      .then(({ id }) => navigate(pathOf({ page: 'session', session: id })), failed)
  }

  if (!canRun && !attached)
    return <Empty icon="console" title={t('console.notAllowed')} text={t('console.notAllowed.text')} />
  return (
    <div className={sideOpen && canRun ? 'console' : 'console side-closed'}>
      <h1 className="sr-only">{t('nav.console')}</h1>
      {sideOpen && canRun && (
        <Sidebar section={section} onSection={setSection}>
          {section === 'schema' && (
            <SchemaBrowser
              schema={schema}
              onInsert={(name) => editor.current?.insert(name)}
              onPreview={(relation) => show(`SELECT *\nFROM ${relation}\nLIMIT 100`)}
            />
          )}
          {section === 'examples' && <Examples onOpen={show} />}
          {section === 'saved' && (
            <SavedList
              saved={saved}
              onOpen={openSaved}
              onShare={({ id }) => queries.shareSaved(id).then(({ link }) => copyLink(link), failed)}
              onRemove={({ id }) => queries.remove(id).then(saved.reload, failed)}
            />
          )}
          {section === 'history' && (
            <HistoryList
              turn={`${executionId}${running}`}
              onOpen={(record) => show(record.query)}
              onShow={(record) => watch(record.id)}
            />
          )}
        </Sidebar>
      )}
      <div className="console-main">
        <section className="panel editor-panel" aria-label={t('editor.label')}>
          <Toolbar
            canRun={canRun}
            running={running}
            online={online}
            onRun={start}
            onCancel={cancel}
            onFormat={format}
            onExplain={explain}
            before={
              <>
                <SourcePicker source={source} onSource={chooseSource} canRun={canRun} />
                <CountRows on={counted} disabled={!canRun} onChange={setCounted} />
              </>
            }
          >
            <ToolButton
              icon="save"
              text={t('console.save')}
              disabled={!canRun}
              onClick={() => setSaving(true)}
            />
            <ToolButton icon="sessions" text={t('console.session')} onClick={openSession} />
            {canRun && (
              <ToolButton
                icon="sidebar"
                text={t('console.side')}
                pressed={sideOpen}
                onClick={() => setSideOpen(!sideOpen)}
              />
            )}
          </Toolbar>
          <ParameterFields parameters={parameters} texts={values} onChange={setValues} />
          <SqlEditor
            handle={editor}
            initial={first}
            schema={schema.editor}
            texts={texts}
            extensions={ownHistory}
            readOnly={!canRun}
            onRun={start}
            onFormat={format}
            onChange={setDraft}
          />
        </section>
        <ResultPanel execution={execution} share={share}>
          {executionId !== null && !attached && (
            <ToolButton
              icon="share"
              text={t('console.share')}
              onClick={() => queries.shareExecution(executionId).then(({ link }) => copyLink(link), failed)}
            />
          )}
        </ResultPanel>
      </div>
      {notice && (
        <p className="toast" role="status">
          {notice}
        </p>
      )}
      {saving && (
        <SaveDialog
          onClose={() => setSaving(false)}
          onSave={async (fields) => {
            await queries.save({ ...fields, query: draft, source, parameters: [...parameters] })
            saved.reload()
            setSection('saved')
            say(t('console.save.done'))
          }}
        />
      )}
    </div>
  )
}
