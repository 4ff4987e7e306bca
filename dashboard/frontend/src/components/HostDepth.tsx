import { useSession } from '../app/session'
import { useBackfill } from '../app/useLiveData'
import { useStores } from '../client/react'
import { AlertList } from './AlertList'
import { Cards } from './Cards'
import { Charts } from './Charts'
import { ProcessTable } from './ProcessTable'
import { StatusLine } from './StatusLine'

/** One host, live: its numbers, its last five minutes, its processes, and the alerts. */
export function HostDepth({ host }: { host: string }) {
  const { boot } = useSession()
  useBackfill(useStores(), host, boot.interval)
  return (
    <>
      <StatusLine host={host} />
      <div className="content">
        <Cards host={host} />
        <div className="workspace">
          <Charts host={host} />
          <aside className="rail">
            <AlertList />
            <ProcessTable host={host} />
          </aside>
        </div>
      </div>
    </>
  )
}
