import { type KeyboardEvent, type ReactNode, useId, useRef } from 'react'
import { useLanguage } from '../i18n'

export const SECTIONS = ['schema', 'examples', 'saved', 'history'] as const
export type Section = (typeof SECTIONS)[number]

export interface SidebarProps {
  section: Section
  onSection: (section: Section) => void
  children: ReactNode
}

/** What helps to write a query, one thing at a time. */
export function Sidebar({ section, onSection, children }: SidebarProps) {
  const { t } = useLanguage()
  const id = useId()
  const list = useRef<HTMLDivElement>(null)
  const keys = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (step === undefined) return
    const next = (SECTIONS.indexOf(section) + step + SECTIONS.length) % SECTIONS.length
    onSection(SECTIONS[next] as Section)
    list.current?.querySelectorAll<HTMLElement>('[role=tab]')[next]?.focus()
  }
  return (
    <aside className="console-side panel" aria-label={t('console.side')}>
      <div className="tabs" role="tablist" aria-label={t('console.side')} ref={list} onKeyDown={keys}>
        {SECTIONS.map((name) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`${id}-${name}`}
            aria-selected={section === name}
            aria-controls={`${id}-panel`}
            tabIndex={section === name ? 0 : -1}
            data-testid={`side-${name}`}
            onClick={() => onSection(name)}
          >
            {t(`console.side.${name}`)}
          </button>
        ))}
      </div>
      <div className="tab-panel" role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${section}`}>
        {children}
      </div>
    </aside>
  )
}
