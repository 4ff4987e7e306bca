import '../i18n/areas/console'
import '../i18n/areas/sessions'
import '../styles/console.css'
import '../styles/sessions.css'
import { useTitle } from '../app/useTitle'
import { useLanguage } from '../i18n'
import { SessionsPage } from '../sessions/SessionsPage'

export default function Sessions() {
  const { t } = useLanguage()
  useTitle(t('nav.sessions'))
  return <SessionsPage />
}
