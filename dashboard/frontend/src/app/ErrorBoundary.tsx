import { Component, type ReactNode } from 'react'
import { useLanguage } from '../i18n'

/** Shows a way on when a component threw; the error itself goes to the console. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { broken: boolean }> {
  override state = { broken: false }

  static getDerivedStateFromError(): { broken: boolean } {
    return { broken: true }
  }

  override render(): ReactNode {
    return this.state.broken ? <Broken /> : this.props.children
  }
}

function Broken() {
  const { t } = useLanguage()
  return (
    <main className="gate" role="alert">
      <div className="gate-card">
        <h1>{t('app.crashed')}</h1>
        <button type="button" className="button-primary" onClick={() => location.reload()}>
          {t('app.reload')}
        </button>
      </div>
    </main>
  )
}
