import { useTitle } from '../app/useTitle'
import { Empty } from '../components/Empty'
import { Link } from '../components/Link'
import { useLanguage } from '../i18n'

/** An address that leads nowhere. */
export default function NotFound() {
  const { t } = useLanguage()
  useTitle(t('notFound.title'))
  return (
    <Empty icon="info" title={t('notFound.title')} text={t('notFound.text')}>
      <Link className="button" to="/">
        {t('notFound.back')}
      </Link>
    </Empty>
  )
}
