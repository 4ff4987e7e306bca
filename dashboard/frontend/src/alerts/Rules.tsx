import { useCallback, useState } from 'react'
import { componentValue } from '../app/alertText'
import { errorText } from '../app/errorText'
import { hasRole } from '../app/roles'
import { useSession } from '../app/session'
import { useStores } from '../client/react'
import { Empty } from '../components/Empty'
import { Icon } from '../components/Icon'
import { PageSkeleton } from '../components/PageSkeleton'
import { useLanguage } from '../i18n'
import { type FullRule, fullRules } from './api'
import { RuleForm } from './RuleForm'
import { useList } from './useList'

/** Every rule with its thresholds; administrators edit them here, without leaving the page. */
export function Rules() {
  const { t } = useLanguage()
  const { api } = useStores()
  const { user } = useSession()
  const { items, error, reload } = useList(useCallback((signal) => fullRules(api, signal), [api]))
  const [edited, setEdited] = useState<FullRule | 'new' | null>(null)
  const admin = hasRole(user, 'admin')
  if (items === null && error !== null)
    return <Empty icon="warning" role="alert" title={t('alerts.failed')} text={errorText(t, error)} />
  if (items === null) return <PageSkeleton />
  const done = () => {
    setEdited(null)
    reload()
  }
  return (
    <>
      {admin && (
        <div className="list-head">
          <button type="button" className="button button-primary" onClick={() => setEdited('new')}>
            <Icon name="plus" />
            {t('rule.new')}
          </button>
        </div>
      )}
      <div className="table-scroller">
        <table className="rules" data-testid="rules">
          <thead>
            <tr>
              <th scope="col">{t('rule.component')}</th>
              <th scope="col">{t('rule.host')}</th>
              <th scope="col" className="number">
                {t('level.warning')}
              </th>
              <th scope="col" className="number">
                {t('level.critical')}
              </th>
              <th scope="col" className="number">
                {t('rule.for')}
              </th>
              <th scope="col">
                <span className="sr-only">{t('rule.edit')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {items.map((rule) => (
              <RuleRow key={rule.id} rule={rule} onEdit={admin ? () => setEdited(rule) : null} />
            ))}
          </tbody>
        </table>
      </div>
      {edited !== null && (
        <RuleForm rule={edited === 'new' ? null : edited} onClose={() => setEdited(null)} onDone={done} />
      )}
    </>
  )
}

function RuleRow({ rule, onEdit }: { rule: FullRule; onEdit: (() => void) | null }) {
  const { t, format } = useLanguage()
  const sign = rule.comparison === 'above' ? '≥' : '≤'
  const value = (threshold: number | null) =>
    threshold === null ? '–' : `${sign} ${componentValue(format, rule.component, threshold)}`
  return (
    <tr className={rule.enabled ? undefined : 'rule-off'}>
      <th scope="row">
        {t(`component.${rule.component}` as 'component.cpu')}
        {!rule.enabled && <span className="tag">{t('rule.off')}</span>}
      </th>
      <td>{rule.host ?? t('silence.everyHost')}</td>
      <td className="number">{value(rule.warning_raise)}</td>
      <td className="number">{value(rule.critical_raise)}</td>
      <td className="number">{format.duration(rule.for_seconds)}</td>
      <td className="number">
        {onEdit && (
          <button
            type="button"
            className="button button-small"
            data-testid={`edit-${rule.component}`}
            onClick={onEdit}
          >
            {t('rule.edit')}
          </button>
        )}
      </td>
    </tr>
  )
}
