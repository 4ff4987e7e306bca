import { useEffect, useState } from 'react'
import { useStore } from 'zustand'
import { useSession } from '../app/session'
import { CHARTS, STATS_CHARTS, TEMPERATURE_CHART } from '../charts/specs'
import { useStores } from '../client/react'
import { useLanguage } from '../i18n'
import { Chart } from './Chart'

/** All charts of a host; the crosshair runs through all of them. */
export function Charts({ host }: { host: string }) {
  const { t } = useLanguage()
  const { boot } = useSession()
  const sensors = useSensor(host) ? [TEMPERATURE_CHART] : []
  // Requests are those to Presence itself, so they stand with the host that it runs on.
  const charts = [...CHARTS, ...sensors, ...(host === boot.host ? STATS_CHARTS : [])]
  return (
    <section
      className={charts.length % 2 === 1 ? 'charts charts-odd' : 'charts'}
      data-count={charts.length}
      aria-label={t('charts.title')}
    >
      {charts.map((spec) => (
        <Chart key={spec.id} spec={spec} host={host} />
      ))}
    </section>
  )
}

/**
 * Whether a host has a temperature. Once a reading had one its chart stays, whatever the next say: a chart that comes
 * and goes moves all others.
 */
function useSensor(host: string): boolean {
  const { statuses } = useStores()
  const has = useStore(statuses, ({ byHost }) => byHost[host]?.status.temperature != null)
  const [seen, setSeen] = useState<string | null>(null)
  useEffect(() => {
    if (has) setSeen(host)
  }, [has, host])
  return has || seen === host
}
