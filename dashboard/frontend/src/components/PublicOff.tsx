import { useLanguage } from '../i18n'
import { Empty } from './Empty'

/** In the place of a page that strangers may not see here. */
export function PublicOff() {
  const { t } = useLanguage()
  return (
    <main className="public-off">
      <Empty icon="info" title={t('public.offTitle')} text={t('public.off')}>
        <a className="button" href="/">
          {t('public.signIn')}
        </a>
      </Empty>
    </main>
  )
}
