import type { ReactNode } from 'react'
import { useHostNames } from '../components/HostPicker'
import { useLanguage } from '../i18n'

/** Which host a rule or a silence is about; none is every host. */
export function HostSelect({ label, host }: { label: string; host: string | null }) {
  const { t } = useLanguage()
  return (
    <label>
      {label}
      <select className="select" name="host" defaultValue={host ?? ''}>
        <option value="">{t('silence.everyHost')}</option>
        {useHostNames().map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </label>
  )
}

export interface FormEndProps {
  /** What went wrong, in words. */
  problem: string | null
  busy: boolean
  /** What the button says. */
  submit: string
  testId?: string
  /** More buttons. */
  children?: ReactNode
}

/** How a dialog's form ends: what went wrong, and the buttons. */
export function FormEnd({ problem, busy, submit, testId, children }: FormEndProps) {
  return (
    <>
      <p className="form-error dialog-wide" role="alert">
        {problem}
      </p>
      <div className="dialog-actions dialog-wide">
        <button type="submit" className="button button-primary" data-testid={testId} aria-disabled={busy}>
          {submit}
        </button>
        {children}
      </div>
    </>
  )
}

/** The fields of a form as texts, empty where there is none of that name. */
export function textsOf(fields: FormData): (name: string) => string {
  return (name) => String(fields.get(name) ?? '')
}
