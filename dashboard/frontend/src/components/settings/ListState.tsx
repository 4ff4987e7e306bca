import { useLanguage } from '../../i18n'
import type { List } from './useList'

/** What stands in the place of a list that is loading, failed or empty. */
export function ListState({ list, empty }: { list: List<unknown>; empty: string }) {
  const { t } = useLanguage()
  if (list.failed) {
    return (
      <p className="settings-lead" role="alert">
        {t('settings.failed')}{' '}
        <button type="button" className="button button-small" onClick={list.reload}>
          {t('settings.retry')}
        </button>
      </p>
    )
  }
  if (!list.items) return <div className="skeleton skeleton-line" />
  return list.items.length === 0 ? <p className="panel-empty">{empty}</p> : null
}
