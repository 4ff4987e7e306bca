import { useSession } from '../app/session'
import { CHARTS, STATS_CHARTS, TEMPERATURE_CHART } from '../charts/specs'
import { useStatus } from '../client/react'
import { useLanguage } from '../i18n'
import { Chart } from './Chart'

/** All charts of a host; the crosshair runs through all of them. */
export function Charts({ host }: { host: string }) {
  const { t } = useLanguage()
  const { status } = useStatus(host)
  const { boot } = useSession()
  const sensors = status?.temperature == null ? [] : [TEMPERATURE_CHART]
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
