import '../i18n/areas/settings'
import '../styles/settings.css'
import { useTitle } from '../app/useTitle'
import { Account } from '../components/settings/Account'
import { Appearance } from '../components/settings/Appearance'
import { SignIns } from '../components/settings/SignIns'
import { Tokens } from '../components/settings/Tokens'
import { useLanguage } from '../i18n'

/** How one wants to see things, and one's account. */
export default function Settings() {
  const { t } = useLanguage()
  useTitle(t('nav.settings'))
  return (
    <div className="content settings">
      <h1 className="sr-only">{t('nav.settings')}</h1>
      <div className="settings-column">
        <Appearance />
        <Account />
      </div>
      <div className="settings-column">
        <Tokens />
        <SignIns />
      </div>
    </div>
  )
}
