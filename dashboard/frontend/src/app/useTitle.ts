import { useEffect } from 'react'
import { useStore } from 'zustand'
import { useStores } from '../client/react'
import { useLanguage } from '../i18n'

/**
 * Names the tab; the number of open alerts shows even while another tab is in front.
 *
 * It counts what is known and subscribes to nothing: strangers may not follow alerts.
 */
export function useTitle(name: string): void {
  const { t } = useLanguage()
  const { alerts } = useStores()
  const firing = useStore(alerts, (state) => state.alerts.filter((alert) => alert.state === 'firing').length)
  useEffect(() => {
    const title = name ? `${name} · ${t('app.name')}` : t('app.name')
    document.title = firing > 0 ? `(${firing}) ${title}` : title
  }, [name, firing, t])
}
