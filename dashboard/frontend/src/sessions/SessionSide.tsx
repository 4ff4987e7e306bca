import { type KeyboardEvent, useId, useRef, useState } from 'react'
import type { CollaborativeSession } from '../client/collab/session'
import type { SessionState } from '../client/collab/state'
import { useLanguage } from '../i18n'
import { Chat } from './Chat'
import { People } from './People'
import { Timeline } from './Timeline'

const TABS = ['chat', 'timeline', 'people'] as const
type Tab = (typeof TABS)[number]

export interface SessionSideProps {
  id: string
  session: CollaborativeSession
  state: SessionState
  onRun: (run: number | undefined, executionId: string | undefined) => void
  say: (text: string) => void
}

/** Beside the query: the talk, what happened, and who is in it. */
export function SessionSide({ id, session, state, onRun, say }: SessionSideProps) {
  const { t, format } = useLanguage()
  const [tab, setTab] = useState<Tab>('chat')
  const base = useId()
  const list = useRef<HTMLDivElement>(null)
  const keys = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (step === undefined) return
    const next = (TABS.indexOf(tab) + step + TABS.length) % TABS.length
    setTab(TABS[next] as Tab)
    list.current?.querySelectorAll<HTMLElement>('[role=tab]')[next]?.focus()
  }
  return (
    <aside className="session-side panel" aria-label={t('sessions.side')}>
      <div className="tabs" role="tablist" aria-label={t('sessions.side')} ref={list} onKeyDown={keys}>
        {TABS.map((name) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`${base}-${name}`}
            aria-selected={tab === name}
            aria-controls={`${base}-panel`}
            tabIndex={tab === name ? 0 : -1}
            data-testid={`tab-${name}`}
            onClick={() => setTab(name)}
          >
            {t(`sessions.side.${name}`)}
            {name === 'chat' && tab !== 'chat' && state.unread > 0 && (
              <span className="unread" data-testid="unread">
                {format.number(state.unread)}
              </span>
            )}
          </button>
        ))}
      </div>
      <div
        className={tab === 'chat' ? 'tab-panel tab-chat' : 'tab-panel'}
        role="tabpanel"
        id={`${base}-panel`}
        aria-labelledby={`${base}-${tab}`}
      >
        {tab === 'chat' && <Chat session={session} state={state} onRun={onRun} />}
        {tab === 'timeline' && <Timeline id={id} state={state} />}
        {tab === 'people' && <People id={id} state={state} say={say} />}
      </div>
    </aside>
  )
}
