import { navigate, pathOf } from '../app/router'
import { useSession } from '../app/session'
import { useBackfill, useStatsBackfill } from '../app/useLiveData'
import { useStores } from '../client/react'
import { useLanguage } from '../i18n'
import { AlertList } from './AlertList'
import { Cards } from './Cards'
import { Charts } from './Charts'
import { Cores } from './Cores'
import { HostPicker } from './HostPicker'
import { Icon } from './Icon'
import { Link } from './Link'
import { ProcessTable } from './ProcessTable'
import { StatusLine } from './StatusLine'

/** One host, live: its numbers, its last five minutes, its cores and processes, and its alerts. */
export function HostDepth({ host }: { host: string }) {
  const { t } = useLanguage()
  const { boot } = useSession()
  const stores = useStores()
  useBackfill(stores, host, boot.interval)
  useStatsBackfill(stores)
  return (
    <>
      <div className="subhead">
        <HostPicker host={host} onHost={(next) => navigate(pathOf({ page: 'host', host: next }))} />
        <StatusLine host={host} />
        <Link className="button button-small" to={`/explore?host=${encodeURIComponent(host)}&range=1h`}>
          <Icon name="explore" />
          {t('host.explore')}
        </Link>
      </div>
      <div className="content">
        <Cards host={host} />
        <div className="workspace">
          <Charts host={host} />
          <aside className="rail">
            <AlertList host={host} />
            <Cores host={host} />
            <ProcessTable host={host} />
          </aside>
        </div>
      </div>
    </>
  )
}
