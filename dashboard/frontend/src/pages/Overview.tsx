import { useCallback, useEffect } from 'react'
import { useSession } from '../app/session'
import { chooseHost, useHost } from '../app/useHost'
import { useBackfill, useCatalog, useSessionGuard } from '../app/useLiveData'
import { useHealth, useStores, useWebSocket } from '../client/react'
import { AlertList } from '../components/AlertList'
import { Announcer } from '../components/Announcer'
import { Cards } from '../components/Cards'
import { Charts } from '../components/Charts'
import { Header } from '../components/Header'
import { useHostNames } from '../components/HostPicker'
import { ProcessTable } from '../components/ProcessTable'
import { StatusLine } from '../components/StatusLine'
import { useLanguage } from '../i18n'

const TOPICS = ['status', 'health', 'config'] as const

/** One host, live: its numbers, its last five minutes, its processes, and the alerts of all hosts. */
export function Overview() {
  const { boot, leave } = useSession()
  const stores = useStores()
  useWebSocket({ subscriptions: TOPICS })
  const ended = useCallback(() => leave(true), [leave])
  const askSession = useSessionGuard(stores, ended)
  useCatalog(stores, askSession)

  const [asked, onHost] = useHost()
  const host = chooseHost(asked, boot.host, useHostNames())
  useBackfill(stores, host, boot.interval)
  useTitle(host)
  return (
    <div className="page">
      <Header host={host} onHost={onHost} />
      <StatusLine host={host} />
      <main id="content" className="content" tabIndex={-1}>
        <Cards host={host} />
        <div className="workspace">
          <Charts host={host} />
          <aside className="rail">
            <AlertList />
            <ProcessTable host={host} />
          </aside>
        </div>
      </main>
      <Announcer />
    </div>
  )
}

/** The number of open alerts shows even while another tab is in front. */
function useTitle(host: string): void {
  const { t } = useLanguage()
  const { firing } = useHealth()
  useEffect(() => {
    const name = host ? `${host} · ${t('app.name')}` : t('app.name')
    document.title = firing > 0 ? `(${firing}) ${name}` : name
  }, [host, firing, t])
}
