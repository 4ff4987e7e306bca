import type { ReactNode } from 'react'
import { changeQuery } from '../app/router'
import { useHostNames } from '../components/HostPicker'
import { useLanguage } from '../i18n'
import type { AlertFilter } from './api'
import { DayJump } from './DayJump'
import { COMPONENTS } from './RuleForm'

export interface FiltersProps {
  filter: AlertFilter
  /** Whether one can go to a day: in what is over, not in what is open. */
  days: boolean
}

/** Which alerts: each choice stands in the address. */
export function Filters({ filter, days }: FiltersProps) {
  const { t } = useLanguage()
  const names = useHostNames()
  // A link may ask for a host that is gone.
  const hosts = filter.host === undefined || names.includes(filter.host) ? names : [filter.host, ...names]
  const set = (name: string, value: string) => changeQuery({ [name]: value || null }, { replace: true })
  return (
    <div className="filters">
      <Choice label={t('rule.host')} value={filter.host} onChange={(value) => set('host', value)}>
        <option value="">{t('silence.everyHost')}</option>
        {hosts.map((host) => (
          <option key={host}>{host}</option>
        ))}
      </Choice>
      <Choice
        label={t('rule.component')}
        value={filter.component}
        onChange={(value) => set('component', value)}
      >
        <option value="">{t('silence.everyComponent')}</option>
        {COMPONENTS.map((component) => (
          <option key={component} value={component}>
            {t(`component.${component}`)}
          </option>
        ))}
      </Choice>
      <Choice label={t('alerts.level')} value={filter.level} onChange={(value) => set('level', value)}>
        <option value="">{t('alerts.everyLevel')}</option>
        {(['critical', 'warning', 'info'] as const).map((level) => (
          <option key={level} value={level}>
            {t(`level.${level}`)}
          </option>
        ))}
      </Choice>
      {days && <DayJump to={filter.to} />}
    </div>
  )
}

interface ChoiceProps {
  label: string
  value: string | undefined
  onChange: (value: string) => void
  children: ReactNode
}

function Choice({ label, value, onChange, children }: ChoiceProps) {
  return (
    <select
      className="select"
      aria-label={label}
      value={value ?? ''}
      onChange={(event) => onChange(event.target.value)}
    >
      {children}
    </select>
  )
}
