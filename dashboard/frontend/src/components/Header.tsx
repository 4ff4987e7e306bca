import { useState } from 'react'
import { errorText } from '../app/errorText'
import { useSession } from '../app/session'
import { useStores } from '../client/react'
import { useLanguage } from '../i18n'
import { Bell } from './Bell'
import { ConnectionPill } from './ConnectionPill'
import { Icon } from './Icon'
import { Link } from './Link'
import { Menu } from './Menu'
import { Nav } from './Nav'
import { Preferences } from './Preferences'

export function Header() {
  const { t } = useLanguage()
  return (
    <header className="header">
      <a className="skip" href="#content">
        {t('app.skipToContent')}
      </a>
      <Link to="/" className="brand" aria-label={t('app.name')}>
        <Icon name="pulse" className="brand-mark" />
        <span className="brand-name">{t('app.name')}</span>
      </Link>
      <Nav />
      <div className="header-end">
        <ConnectionPill />
        <Bell />
        <Preferences />
        <Account />
      </div>
    </header>
  )
}

function Account() {
  const { t } = useLanguage()
  const { boot, user, leave } = useSession()
  const { api } = useStores()
  const [failed, setFailed] = useState<unknown>(null)
  const signOut = async () => {
    try {
      await api.signOut()
      leave(false)
    } catch (error) {
      // The session still lives: saying "signed out" would be a lie.
      setFailed(error)
    }
  }
  return (
    <Menu label={t('nav.account', { name: user.username })} button={<Icon name="user" />}>
      <div className="menu-name">{user.username}</div>
      {user.isStaff && (
        <a className="menu-item" href={boot.adminUrl}>
          {t('nav.admin')}
        </a>
      )}
      <button type="button" className="menu-item" data-testid="sign-out" onClick={signOut}>
        {t('nav.signOut')}
      </button>
      {failed !== null && (
        <div className="menu-error" role="alert">
          {errorText(t, failed)}
        </div>
      )}
    </Menu>
  )
}
