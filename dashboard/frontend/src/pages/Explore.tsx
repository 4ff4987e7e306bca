import '../i18n/areas/explore'
import '../styles/explore.css'
import { useTitle } from '../app/useTitle'
import { PageSkeleton } from '../components/PageSkeleton'
import { useLanguage } from '../i18n'

/** Not built yet. */
export default function Explore() {
  const { t } = useLanguage()
  useTitle(t('nav.explore'))
  return <PageSkeleton />
}
