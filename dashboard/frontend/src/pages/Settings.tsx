import '../i18n/areas/settings'
import '../styles/settings.css'
import { useTitle } from '../app/useTitle'
import { PageSkeleton } from '../components/PageSkeleton'
import { useLanguage } from '../i18n'

/** Not built yet. */
export default function Settings() {
  const { t } = useLanguage()
  useTitle(t('nav.settings'))
  return <PageSkeleton />
}
