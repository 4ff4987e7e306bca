import { Component, type ReactNode } from 'react'
import { useLanguage } from '../i18n'
import { Empty } from './Empty'

/** Keeps a page that broke, or could not be fetched, from taking the navigation with it. */
export class PageBoundary extends Component<{ children: ReactNode }, { broken: boolean }> {
  override state = { broken: false }

  static getDerivedStateFromError(): { broken: boolean } {
    return { broken: true }
  }

  override render(): ReactNode {
    return this.state.broken ? <BrokenPage /> : this.props.children
  }
}

function BrokenPage() {
  const { t } = useLanguage()
  return (
    <Empty icon="warning" title={t('app.crashed')} role="alert">
      <button type="button" className="button button-primary" onClick={() => location.reload()}>
        {t('app.reload')}
      </button>
    </Empty>
  )
}
