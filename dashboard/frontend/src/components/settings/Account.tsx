import { useRef, useState } from 'react'
import { errorText } from '../../app/errorText'
import { useSession } from '../../app/session'
import { useForm } from '../../app/useForm'
import { ApiError } from '../../client/errors'
import { useStores } from '../../client/react'
import { useLanguage } from '../../i18n'
import { hasText, type Translate } from '../../i18n/translate'
import { Field } from '../Field'

/** Who this is and what they may do; a new password. */
export function Account() {
  const { t } = useLanguage()
  const { user } = useSession()
  // An administrator has every role: naming the others would say nothing.
  const shown = user.roles.includes('admin') ? ['admin'] : user.roles
  const roles = shown.map((role) => {
    const key = `settings.role.${role}`
    return hasText(key) ? t(key as 'settings.role.viewer') : role
  })
  return (
    <section className="panel settings-panel" aria-labelledby="settings-account">
      <h2 id="settings-account" className="panel-title">
        {t('settings.account')}
      </h2>
      <p className="settings-lead">
        {t('settings.signedInAs', { name: user.username })}
        <br />
        {t('settings.roles', { roles: roles.join(' · ') })}
      </p>
      <h3 className="settings-subtitle">{t('settings.password')}</h3>
      <p className="settings-lead">{t('settings.passwordLead')}</p>
      <PasswordForm />
    </section>
  )
}

function PasswordForm() {
  const { t } = useLanguage()
  const { user } = useSession()
  const { api } = useStores()
  const form = useRef<HTMLFormElement>(null)
  const [done, setDone] = useState(false)
  const { busy, error, onSubmit } = useForm(async (fields) => {
    setDone(false)
    const [current, next, again] = ['current', 'new', 'again'].map((name) => String(fields.get(name)))
    if (next !== again) throw new ApiError(400, 'MISMATCH', '')
    await api.send('POST', 'auth/password', { current, new: next })
    form.current?.reset()
    setDone(true)
  })
  return (
    <form ref={form} className="form settings-form" data-testid="password-form" onSubmit={onSubmit}>
      {/* Tells password managers whose password this is. */}
      <input
        type="text"
        name="username"
        autoComplete="username"
        defaultValue={user.username}
        readOnly
        tabIndex={-1}
        aria-hidden="true"
        className="sr-only"
      />
      <Field
        name="current"
        label={t('settings.password.current')}
        type="password"
        autoComplete="current-password"
      />
      <Field name="new" label={t('settings.password.new')} type="password" autoComplete="new-password" />
      <Field name="again" label={t('settings.password.again')} type="password" autoComplete="new-password" />
      <p className="form-error" role="alert">
        {error !== null && passwordError(t, error)}
      </p>
      <p className="settings-done" role="status">
        {done && t('settings.password.done')}
      </p>
      <button type="submit" className="button" aria-disabled={busy}>
        {t('settings.password.submit')}
      </button>
    </form>
  )
}

function passwordError(t: Translate, error: unknown): string {
  if (!(error instanceof ApiError)) return errorText(t, error)
  if (error.code === 'MISMATCH') return t('settings.password.mismatch')
  if (error.code === 'INVALID_CREDENTIALS') return t('settings.password.wrong')
  return error.details.new ? t('settings.password.rule') : errorText(t, error)
}
