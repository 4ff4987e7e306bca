import '../i18n/areas/sessions'
import '../styles/sessions.css'
import { useTitle } from '../app/useTitle'
import { PageSkeleton } from '../components/PageSkeleton'
import { useLanguage } from '../i18n'

/** Not built yet. */
export default function Session() {
  const { t } = useLanguage()
  useTitle(t('nav.sessions'))
  return <PageSkeleton />
}
