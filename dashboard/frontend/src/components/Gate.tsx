import type { ReactNode } from 'react'
import { useEffect } from 'react'
import { useLanguage } from '../i18n'
import { Icon } from './Icon'
import { Preferences } from './Preferences'

export interface GateProps {
  title: string
  lead: string
  children?: ReactNode
}

/** The frame of the pages before the dashboard. */
export function Gate({ title, lead, children }: GateProps) {
  const { t } = useLanguage()
  useEffect(() => {
    document.title = `${title} · ${t('app.name')}`
  }, [title, t])
  return (
    <main className="gate">
      <div className="gate-preferences">
        <Preferences />
      </div>
      <div className="gate-card">
        <div className="brand gate-brand">
          <Icon name="pulse" className="brand-mark" />
          <span className="brand-name">{t('app.name')}</span>
        </div>
        <h1>{title}</h1>
        <p className="gate-lead">{lead}</p>
        {children}
      </div>
    </main>
  )
}
