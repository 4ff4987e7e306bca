import { useState } from 'react'
import { useStore } from 'zustand'
import { attention, playTone, setAttention } from '../alerts/attention'
import { useAttention } from '../alerts/useAttention'
import { pathOf } from '../app/router'
import { useHealth } from '../client/react'
import { useLanguage } from '../i18n'
import { AlertList } from './AlertList'
import { Icon } from './Icon'
import { Link } from './Link'
import { Menu } from './Menu'

/** How many alerts are open, which they are, and whether this browser calls out when one comes. */
export function Bell() {
  const { t } = useLanguage()
  const { firing } = useHealth()
  useAttention()
  return (
    <Menu
      closes
      label={firing > 0 ? t('bell.open', { count: firing }) : t('bell.none')}
      button={
        <>
          <Icon name="bell" />
          {firing > 0 && (
            <span className="bell-count" data-testid="bell-count">
              {firing > 99 ? '99+' : firing}
            </span>
          )}
        </>
      }
    >
      {(open) =>
        open && (
          <div className="bell-panel" data-testid="bell-panel">
            <AlertList />
            <Choices />
            <Link className="menu-item" to={pathOf({ page: 'alerts' })}>
              {t('bell.all')}
            </Link>
          </div>
        )
      }
    </Menu>
  )
}

function Choices() {
  const { t } = useLanguage()
  const { notify, sound } = useStore(attention)
  const possible = 'Notification' in globalThis && isSecureContext
  const [denied, setDenied] = useState(false)
  const wantNotify = async (wanted: boolean) => {
    const permission = wanted ? await Notification.requestPermission() : 'default'
    setDenied(permission === 'denied')
    setAttention({ notify: permission === 'granted' })
  }
  const wantSound = (wanted: boolean) => {
    setAttention({ sound: wanted })
    if (wanted) playTone(false) // heard now, so that nobody wonders later; and the browser lets it play from here on
  }
  return (
    <div className="bell-choices">
      <label className="check" title={possible ? undefined : t('bell.notPossible')}>
        <input
          type="checkbox"
          checked={notify && possible}
          disabled={!possible}
          data-testid="notify"
          onChange={(event) => wantNotify(event.target.checked)}
        />
        {t('bell.notify')}
      </label>
      {denied && (
        <p className="bell-denied" role="alert">
          {t('bell.denied')}
        </p>
      )}
      <label className="check">
        <input
          type="checkbox"
          checked={sound}
          data-testid="sound"
          onChange={(event) => wantSound(event.target.checked)}
        />
        {t('bell.sound')}
      </label>
    </div>
  )
}
