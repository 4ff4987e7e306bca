import '../i18n/areas/sessions'
import { useTitle } from '../app/useTitle'
import { useLanguage } from '../i18n'
import { JoinPage } from '../sessions/JoinPage'

export default function Join() {
  const { t } = useLanguage()
  useTitle(t('nav.sessions'))
  return <JoinPage />
}
