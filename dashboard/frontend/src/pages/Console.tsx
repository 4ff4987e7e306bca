import '../i18n/areas/console'
import '../styles/console.css'
import { useTitle } from '../app/useTitle'
import { PageSkeleton } from '../components/PageSkeleton'
import { useLanguage } from '../i18n'

/** Not built yet. */
export default function Console() {
  const { t } = useLanguage()
  useTitle(t('nav.console'))
  return <PageSkeleton />
}
