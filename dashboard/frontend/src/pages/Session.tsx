import '../i18n/areas/console'
import '../i18n/areas/sessions'
import '../styles/console.css'
import '../styles/sessions.css'
import type { PageProps } from '../app/pages'
import { useTitle } from '../app/useTitle'
import { useLanguage } from '../i18n'
import { SessionPage } from '../sessions/SessionPage'

export default function Session({ route }: PageProps<'session'>) {
  const { t } = useLanguage()
  useTitle(t('nav.sessions'))
  return <SessionPage key={route.session} id={route.session} />
}
