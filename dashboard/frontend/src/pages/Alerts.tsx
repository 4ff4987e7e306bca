import '../i18n/areas/alerts'
import '../styles/alerts.css'
import { useTitle } from '../app/useTitle'
import { PageSkeleton } from '../components/PageSkeleton'
import { useLanguage } from '../i18n'

/** Not built yet. */
export default function Alerts() {
  const { t } = useLanguage()
  useTitle(t('nav.alerts'))
  return <PageSkeleton />
}
