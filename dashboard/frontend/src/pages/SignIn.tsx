import { errorText } from '../app/errorText'
import { useForm } from '../app/useForm'
import { Api, type SessionUser } from '../client/api'
import { Field } from '../components/Field'
import { Gate } from '../components/Gate'
import { useLanguage } from '../i18n'

/** Why somebody finds themselves here: their session expired, or the set-up was done by another. */
export type SignInNotice = 'expired' | 'done'

export interface SignInProps {
  notice: SignInNotice | null
  onEnter: (user: SessionUser) => void
}

const api = new Api()

export function SignIn({ notice, onEnter }: SignInProps) {
  const { t } = useLanguage()
  const { busy, error, onSubmit } = useForm(async (fields) => {
    const { user } = await api.signIn(String(fields.get('username')), String(fields.get('password')))
    onEnter(user)
  })
  return (
    <Gate title={t('signIn.title')} lead={notice ? t(`signIn.${notice}`) : t('signIn.lead')}>
      <form className="form" data-testid="sign-in" onSubmit={onSubmit}>
        <Field name="username" label={t('signIn.username')} autoComplete="username" autoFocus />
        <Field name="password" label={t('signIn.password')} type="password" autoComplete="current-password" />
        <p className="form-error" role="alert">
          {error !== null && errorText(t, error)}
        </p>
        <button type="submit" className="button-primary" aria-disabled={busy}>
          {t(busy ? 'signIn.busy' : 'signIn.submit')}
        </button>
      </form>
    </Gate>
  )
}
