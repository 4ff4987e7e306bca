import { useState } from 'react'
import { errorText } from '../app/errorText'
import { useForm } from '../app/useForm'
import { Api, type SessionUser } from '../client/api'
import { ApiError } from '../client/errors'
import { Field } from '../components/Field'
import { Gate } from '../components/Gate'
import { useLanguage } from '../i18n'

export interface SetupProps {
  /** Of the one-time link. It stays in memory only. */
  token: string
  onEnter: (user: SessionUser) => void
  /** Somebody else was faster. */
  onDone: () => void
}

const api = new Api()

/** Makes the first administrator. */
export function Setup({ token, onEnter, onDone }: SetupProps) {
  const { t } = useLanguage()
  const [mismatch, setMismatch] = useState(false)
  const { busy, error, onSubmit } = useForm(async (fields) => {
    const password = String(fields.get('password'))
    const differ = password !== fields.get('passwordAgain')
    setMismatch(differ)
    if (differ) return
    try {
      const { user } = await api.setUp(token, String(fields.get('username')), password)
      onEnter(user)
    } catch (failure) {
      if (failure instanceof ApiError && failure.code === 'SETUP_DONE') onDone()
      else throw failure
    }
  })
  const details = error instanceof ApiError ? error.details : {}
  return (
    <Gate title={t('setup.title')} lead={t('setup.lead')}>
      <form className="form" data-testid="setup" onSubmit={onSubmit}>
        <Field
          name="username"
          label={t('signIn.username')}
          autoComplete="username"
          autoFocus
          errors={details.username}
        />
        <Field
          name="password"
          label={t('signIn.password')}
          type="password"
          autoComplete="new-password"
          errors={details.password}
        />
        <Field
          name="passwordAgain"
          label={t('setup.passwordAgain')}
          type="password"
          autoComplete="new-password"
          errors={mismatch ? [t('setup.mismatch')] : undefined}
        />
        <p className="form-error" role="alert">
          {error !== null && errorText(t, error)}
        </p>
        <button type="submit" className="button-primary" aria-disabled={busy}>
          {t(busy ? 'setup.busy' : 'setup.submit')}
        </button>
      </form>
    </Gate>
  )
}

/** No account yet, and no link: says where it is found. */
export function NeedLink() {
  const { t } = useLanguage()
  return <Gate title={t('setup.needLink')} lead={t('setup.needLinkLead')} />
}
