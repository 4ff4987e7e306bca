import { useStore } from 'zustand'
import { useSession } from '../app/session'
import { firingSeverity, type Severity, worst } from '../charts/severity'
import { severityOf, type Thresholds, thresholdsOf } from '../charts/thresholds'
import { useHealth, useStatus, useStores } from '../client/react'
import { useLanguage } from '../i18n'
import type { LevelName } from './Level'
import { MetricCard } from './MetricCard'
import { Bar, Sparkline } from './Sparkline'
import { useFreshness } from './StatusLine'

type Percentage = 'cpuUsage' | 'memoryUsage' | 'diskUsage'
const COMPONENT = {
  cpuUsage: 'cpu',
  memoryUsage: 'memory',
  diskUsage: 'disk',
  activeConnections: 'connections',
} as const

/** The five numbers of a host. */
export function Cards({ host }: { host: string }) {
  const { t, format } = useLanguage()
  const { boot } = useSession()
  const { status, history } = useStatus(host)
  const { stale } = useFreshness(host)
  const level = useLevels(host)
  const before = history.at(-2) ?? null

  const percentage = (id: Percentage) => ({
    id,
    title: `metric.${id}` as const,
    level: level(id),
    value: status ? [{ number: format.number(status[id], 1), unit: '%' }] : null,
    delta:
      status && before ? change(format.signed(status[id] - before[id]), status[id] - before[id], 0.05) : null,
  })
  const connectionsDelta = status && before ? status.activeConnections - before.activeConnections : 0
  const used = (share?: number, total?: number) =>
    share === undefined || total === undefined
      ? null
      : t('card.used', { used: format.bytes((share / 100) * total), total: format.bytes(total) })
  return (
    <div className={stale ? 'cards is-stale' : 'cards'}>
      <MetricCard
        {...percentage('cpuUsage')}
        visual={<Sparkline host={host} metric="cpuUsage" top={100} />}
        details={[
          status?.load1 == null
            ? null
            : t('card.load', {
                one: format.number(status.load1, 2),
                five: format.number(status.load5, 2),
                fifteen: format.number(status.load15, 2),
              }),
          status?.cpuPerCore ? t('card.cores', { count: status.cpuPerCore.length }) : null,
        ]}
      />
      <MetricCard
        {...percentage('memoryUsage')}
        visual={<Sparkline host={host} metric="memoryUsage" top={100} />}
        details={[
          used(status?.memoryUsage, status?.memoryTotal),
          status?.swapUsage === undefined
            ? null
            : t('card.swap', { value: format.percent(status.swapUsage) }),
        ]}
      />
      <MetricCard
        {...percentage('diskUsage')}
        visual={<Bar value={status?.diskUsage ?? 0} level={level('diskUsage')} />}
        details={[used(status?.diskUsage, status?.diskTotal)]}
      />
      <MetricCard
        id="activeConnections"
        title="metric.activeConnections"
        level={level('activeConnections')}
        value={status ? [{ number: format.number(status.activeConnections), unit: '' }] : null}
        delta={status && before ? change(format.signed(connectionsDelta, 0), connectionsDelta, 1) : null}
        visual={<Sparkline host={host} metric="activeConnections" />}
        details={[
          status?.networkReceived === undefined
            ? null
            : t('card.network', {
                received: format.rate(status.networkReceived),
                sent: format.rate(status.networkSent),
              }),
          status?.webSocketConnections === undefined
            ? null
            : t('card.sockets', { count: format.number(status.webSocketConnections) }),
        ]}
      />
      <MetricCard
        id="uptime"
        title="metric.uptime"
        level={level('uptime')}
        value={status ? format.durationParts(status.uptime) : null}
        details={[
          status
            ? t('card.since', {
                time: format.dateTime(Math.round(status.timestamp / 60_000 - status.uptime / 60) * 60_000),
              })
            : null,
          t('card.version', { version: status?.version || boot.version }),
        ]}
      />
    </div>
  )
}

function change(text: string, difference: number, least: number): { text: string; sign: number } | null {
  return Math.abs(difference) < least
    ? null
    : { text: text.replace(/^[+-]/, ''), sign: Math.sign(difference) }
}

/** Judges a card by its rule's thresholds and by open alerts, whichever is worse. */
function useLevels(host: string) {
  const { status, history } = useStatus(host)
  const { catalog } = useStores()
  const rules = useStore(catalog, (state) => state.rules)
  const hosts = useStore(catalog, (state) => state.hosts)
  const { alerts } = useHealth()
  const offline = status?.systemOnline === false || hosts.find((one) => one.name === host)?.online === false
  const judged = (id: Percentage, thresholds: Thresholds) =>
    history.reduce((before, one) => severityOf(one[id], thresholds, before), 'ok' as Severity)
  return (id: keyof typeof COMPONENT | 'uptime'): LevelName => {
    if (id === 'uptime') return offline ? 'offline' : firingSeverity(alerts, 'host', host)
    const firing = firingSeverity(alerts, COMPONENT[id], host)
    // `connections` counts sockets of Presence, the card counts those of the host: only the alert itself speaks.
    if (!status || id === 'activeConnections') return firing
    return worst([firing, judged(id, thresholdsOf(rules, COMPONENT[id], host))])
  }
}
