import '../i18n/areas/console'
import '../styles/console.css'
import { useTitle } from '../app/useTitle'
import { ConsolePage } from '../console/ConsolePage'
import { useLanguage } from '../i18n'

export default function Console() {
  const { t } = useLanguage()
  useTitle(t('nav.console'))
  return <ConsolePage />
}
