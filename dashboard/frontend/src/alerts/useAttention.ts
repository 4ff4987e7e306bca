import { useEffect } from 'react'
import { alertText } from '../app/alertText'
import { navigate, pathOfAlert } from '../app/router'
import type { HealthAlert } from '../client/protocol'
import { useStores } from '../client/react'
import { useLanguage } from '../i18n'
import { attention, playTone, tellOnce } from './attention'

/** An alert that is older when it is heard of was missed, not new, ms. */
const NEWS_MS = 60_000

/**
 * Calls for attention when something fires or recovers, as this browser was told to; once over all tabs. What somebody
 * has in sight needs no notification.
 */
export function useAttention(): void {
  const { t, format } = useLanguage()
  const { client } = useStores()
  useEffect(() => {
    const heard = ({ alert }: { alert: HealthAlert }) => {
      const { notify, sound } = attention.getState()
      const news = alert.level !== 'info' && client.clock.now() - alert.timestamp < NEWS_MS
      if (!news || (!notify && !sound)) return
      const title = alert.state === 'recovered' ? t('alerts.recovered') : t(`level.${alert.level}`)
      void tellOnce(alert, () => {
        if (sound) playTone(alert.state === 'recovered')
        if (notify && document.hidden) show(alert, `${title}: ${alert.host}`, alertText(t, format, alert))
      })
    }
    const stop = [client.on('health_alert', heard), client.on('health_recovery', heard)]
    return () => {
      for (const end of stop) end()
    }
  }, [client, t, format])
}

function show(alert: HealthAlert, title: string, body: string): void {
  if (!('Notification' in globalThis) || Notification.permission !== 'granted') return
  try {
    // The tag replaces what was shown of this alert before.
    const shown = new Notification(title, { body, tag: `presence-${alert.id}` })
    shown.onclick = () => {
      focus()
      shown.close()
      navigate(pathOfAlert(alert.id))
    }
  } catch {
    // Phones know notifications of service workers alone.
  }
}
