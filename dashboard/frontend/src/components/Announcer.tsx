import { useEffect, useState } from 'react'
import { useStore } from 'zustand'
import { alertText } from '../app/alertText'
import type { AlertUpdate } from '../client/protocol'
import { useStores } from '../client/react'
import { useLanguage } from '../i18n'

/** Tells screen readers what changed: the connection, and alerts as they come and go. */
export function Announcer() {
  const { t, format } = useLanguage()
  const { client, connection } = useStores()
  const state = useStore(connection, (snapshot) => snapshot.state)
  const [alert, setAlert] = useState('')
  useEffect(() => {
    const announce = ({ alert: news }: AlertUpdate) => {
      const level = news.state === 'recovered' ? t('alerts.recovered') : t(`level.${news.level}`)
      setAlert(t('alerts.announce', { level, text: alertText(t, format, news), host: news.host }))
    }
    const stop = [client.on('health_alert', announce), client.on('health_recovery', announce)]
    return () => {
      for (const end of stop) end()
    }
  }, [client, t, format])
  return (
    <>
      <div className="sr-only" role="status">
        {t('connection.status', { state: t(`connection.${state}`) })}
      </div>
      <div className="sr-only" aria-live="assertive">
        {alert}
      </div>
    </>
  )
}
