import { useEffect, useRef } from 'react'
import type { FleetHost } from '../app/fleet'
import { pathOf } from '../app/router'
import { useNow } from '../app/useNow'
import type { SystemStatus } from '../client/protocol'
import { useStores } from '../client/react'
import { useLanguage } from '../i18n'
import { Level } from './Level'
import { Link } from './Link'
import { Meter } from './Meter'
import { Sparkline } from './Sparkline'

/** How often the age of the last reading of a silent host is told anew, ms. */
const AGO_EVERY_MS = 5_000

/**
 * One host among many. React renders what rarely changes; a sample writes its numbers straight into the page, so that
 * a hundred hosts a second cost no render. For strangers it leads nowhere.
 */
export function HostCard({ host, linked = true }: { host: FleetHost; linked?: boolean }) {
  const { t, format } = useLanguage()
  const { client } = useStores()
  const card = useLiveNumbers(host.name)
  const offline = host.state === 'offline'
  useNow(AGO_EVERY_MS, offline)
  const frame = {
    className: `host-card host-card-${host.state}`,
    'data-testid': 'host-card',
    'data-host': host.name,
    'data-state': host.state,
  }
  const content = (
    <>
      <span className="host-card-head">
        <span className="host-card-name" title={host.name}>
          {host.name}
        </span>
        {host.state === 'waiting' ? (
          <span className="skeleton skeleton-chip" />
        ) : (
          <Level level={host.state} />
        )}
      </span>
      <span className="host-card-body" ref={card}>
        <span className="host-card-main">
          <span className="host-card-number" data-live="cpu">
            –
          </span>
          <Sparkline host={host.name} metric="cpuUsage" top={100} />
        </span>
        <span className="host-card-meters">
          <Meter label={t('metric.memoryUsage')} name="memory" />
          <Meter label={t('metric.diskUsage')} name="disk" />
        </span>
        <span className="host-card-foot">
          {offline ? (
            <span>{t('line.lastData', { ago: format.ago(client.clock.now() - (host.lastSeen ?? 0)) })}</span>
          ) : host.kind === 'service' ? (
            <span>{t('overview.service')}</span>
          ) : (
            <span data-live="network" />
          )}
          {host.open > 0 && <span className="host-card-open">{t('alerts.open', { count: host.open })}</span>}
        </span>
      </span>
    </>
  )
  if (!linked) return <div {...frame}>{content}</div>
  return (
    <Link to={pathOf({ page: 'host', host: host.name })} {...frame}>
      {content}
    </Link>
  )
}

function useLiveNumbers(host: string) {
  const { format } = useLanguage()
  const { statuses } = useStores()
  const card = useRef<HTMLSpanElement>(null)
  useEffect(() => {
    const root = card.current
    if (!root) return
    const write = (name: string, text: string) => {
      const place = root.querySelector(`[data-live="${name}"]`)
      if (place && place.textContent !== text) place.textContent = text
    }
    const fill = (name: string, share: number) => {
      const bar = root.querySelector<HTMLElement>(`[data-meter="${name}"]`)
      if (bar) bar.style.transform = `scaleX(${Math.min(1, Math.max(0, share / 100)).toFixed(3)})`
      write(name, format.percent(share, 0))
    }
    const show = (status: SystemStatus | undefined) => {
      if (!status) return
      write('cpu', format.percent(status.cpuUsage, 0))
      fill('memory', status.memoryUsage)
      fill('disk', status.diskUsage)
      write('network', `↓ ${format.rate(status.networkReceived)}  ↑ ${format.rate(status.networkSent)}`)
    }
    show(statuses.getState().byHost[host]?.status)
    return statuses.subscribe((state, before) => {
      const view = state.byHost[host]
      if (view !== before.byHost[host]) show(view?.status)
    })
  }, [statuses, host, format])
  return card
}
