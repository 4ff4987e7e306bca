import '../i18n/areas/overview'
import '../i18n/areas/public'
import '../styles/overview.css'
import '../styles/public.css'
import { useStore } from 'zustand'
import { alertText } from '../app/alertText'
import { readBoot } from '../app/boot'
import type { FleetHost } from '../app/fleet'
import { useFleet } from '../app/useFleet'
import { useFleetBackfill } from '../app/useFleetBackfill'
import { useNow } from '../app/useNow'
import { usePublicFeed } from '../app/usePublicFeed'
import { useTitle } from '../app/useTitle'
import { useStores } from '../client/react'
import { ConnectionPill } from '../components/ConnectionPill'
import { HostCard } from '../components/HostCard'
import { Icon } from '../components/Icon'
import { Level } from '../components/Level'
import { Preferences } from '../components/Preferences'
import { PublicOff } from '../components/PublicOff'
import { PublicProvider } from '../components/PublicProvider'
import { useLanguage } from '../i18n'

const boot = readBoot()

/** How all machines do, for everybody: no session, nothing to change, nothing of what runs on them. */
export default function Public() {
  if (!boot.public) return <PublicOff />
  return (
    <PublicProvider>
      <Overview />
    </PublicProvider>
  )
}

function Overview() {
  const { t } = useLanguage()
  useTitle(t('public.title'))
  const stores = useStores()
  const failed = usePublicFeed(stores)
  const fleet = useFleet()
  useFleetBackfill(
    stores,
    fleet.map(({ name }) => name),
  )
  return (
    <div className="page">
      <header className="header">
        <span className="brand">
          <Icon name="pulse" className="brand-mark" />
          <span className="brand-name">{t('app.name')}</span>
        </span>
        <div className="header-end">
          <ConnectionPill />
          <Preferences />
          <a className="button button-small" href="/">
            {t('public.signIn')}
          </a>
        </div>
      </header>
      <main className="main public">
        <Summary fleet={fleet} failed={failed} />
        <OpenAlerts />
        <ul className="fleet" data-testid="fleet">
          {fleet.map((host) => (
            <li key={host.name}>
              <HostCard host={host} linked={false} />
            </li>
          ))}
        </ul>
      </main>
    </div>
  )
}

/** One sentence that answers what most people came for. */
function Summary({ fleet, failed }: { fleet: readonly FleetHost[]; failed: boolean }) {
  const { t } = useLanguage()
  const { catalog } = useStores()
  const loaded = useStore(catalog, (state) => state.hostsLoaded)
  const all = fleet.length
  const count = fleet.filter(({ state }) => state !== 'ok' && state !== 'waiting').length
  const kind = failed ? 'failed' : !loaded ? 'loading' : all === 0 ? 'none' : count > 0 ? 'trouble' : 'well'
  return (
    <h1 className={`public-summary public-${kind}`} data-testid="summary" data-kind={kind} role="status">
      {kind === 'loading' && <span className="skeleton skeleton-line" />}
      {kind === 'failed' && t('public.failed')}
      {kind === 'none' && t('public.none')}
      {kind === 'trouble' && t('public.trouble', { count, all })}
      {kind === 'well' && (all === 1 ? t('public.oneWell') : t('public.allWell', { count: all }))}
    </h1>
  )
}

function OpenAlerts() {
  const { t, format } = useLanguage()
  const { alerts: store, client } = useStores()
  const open = useStore(store, (state) => state.alerts).filter((alert) => alert.state === 'firing')
  useNow(1_000, open.length > 0)
  if (open.length === 0) return null
  return (
    <section className="public-alerts" aria-labelledby="public-open">
      <h2 id="public-open" className="sr-only">
        {t('public.open')}
      </h2>
      <ul>
        {open.map((alert) => (
          <li key={alert.id} className="public-alert">
            <Level level={alert.level} />
            <b>{alert.host}</b>
            <span>{alertText(t, format, alert)}</span>
            <span className="public-since">
              {t('public.since', {
                duration: format.duration((client.clock.now() - alert.startedAt) / 1_000),
              })}
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}
