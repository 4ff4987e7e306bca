import { useStore } from 'zustand'
import { INSTALLATION } from '../app/fleet'
import { navigate, pathOf } from '../app/router'
import { useSession } from '../app/session'
import { useBackfill, useStatsBackfill } from '../app/useLiveData'
import { STATS_CHARTS } from '../charts/specs'
import { useStores } from '../client/react'
import { useLanguage } from '../i18n'
import { AlertList } from './AlertList'
import { Cards } from './Cards'
import { Chart } from './Chart'
import { Charts } from './Charts'
import { Cores } from './Cores'
import { Empty } from './Empty'
import { HostPicker } from './HostPicker'
import { Icon } from './Icon'
import { Link } from './Link'
import { PageSkeleton } from './PageSkeleton'
import { ProcessTable } from './ProcessTable'
import { StatusLine } from './StatusLine'

/** One host, live: a machine, a service, or that there is none of this name. */
export function HostDepth({ host }: { host: string }) {
  const { boot } = useSession()
  const { catalog, statuses } = useStores()
  const kind = useStore(catalog, ({ hosts }) => hosts.find(({ name }) => name === host)?.kind)
  const loaded = useStore(catalog, ({ hostsLoaded }) => hostsLoaded)
  const heard = useStore(statuses, ({ byHost }) => byHost[host] !== undefined)
  if (kind === 'service') return <Service host={host} />
  // The own host is there before its first reading. Of others nothing is asked for until it is known what they are.
  if (kind === undefined && !heard && host !== boot.host)
    return loaded ? <Unknown host={host} /> : <PageSkeleton />
  return <Machine host={host} />
}

/** Its numbers, its last five minutes, its cores and processes, and its alerts. */
function Machine({ host }: { host: string }) {
  const { boot } = useSession()
  const stores = useStores()
  useBackfill(stores, host, boot.interval)
  useStatsBackfill(stores)
  return (
    <>
      <div className="subhead">
        <Picker host={host} />
        <StatusLine host={host} />
        <ToHistory host={host} />
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

/** What sends no readings: its alerts, and of the installation itself the requests, live. */
function Service({ host }: { host: string }) {
  const { t } = useLanguage()
  useStatsBackfill(useStores())
  return (
    <>
      <div className="subhead">
        <Picker host={host} />
        <StatusLine />
        <ToHistory host={host} />
      </div>
      <div className="content">
        <div className="workspace">
          {host === INSTALLATION ? (
            <section className="charts" data-count={STATS_CHARTS.length} aria-label={t('charts.title')}>
              {STATS_CHARTS.map((spec) => (
                <Chart key={spec.id} spec={spec} host={host} />
              ))}
            </section>
          ) : (
            <Empty icon="host" title={t('overview.service')} text={t('host.serviceText')} />
          )}
          <aside className="rail">
            <AlertList host={host} />
          </aside>
        </div>
      </div>
    </>
  )
}

function Unknown({ host }: { host: string }) {
  const { t } = useLanguage()
  return (
    <Empty icon="host" title={t('host.unknown', { name: host })} text={t('host.unknownText')}>
      <Link className="button" to={pathOf({ page: 'overview' })}>
        {t('notFound.back')}
      </Link>
    </Empty>
  )
}

function Picker({ host }: { host: string }) {
  return (
    <HostPicker
      host={host}
      installation={host === INSTALLATION}
      onHost={(next) => navigate(pathOf({ page: 'host', host: next }))}
    />
  )
}

function ToHistory({ host }: { host: string }) {
  const { t } = useLanguage()
  return (
    <Link className="button button-small" to={`/explore?host=${encodeURIComponent(host)}&range=1h`}>
      <Icon name="explore" />
      {t('host.explore')}
    </Link>
  )
}
