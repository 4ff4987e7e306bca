import { CHARTS, TEMPERATURE_CHART } from '../charts/specs'
import { useStatus } from '../client/react'
import { useLanguage } from '../i18n'
import { Chart } from './Chart'

/** All charts of a host; the crosshair runs through all of them. */
export function Charts({ host }: { host: string }) {
  const { t } = useLanguage()
  const { status } = useStatus(host)
  const charts = status?.temperature == null ? CHARTS : [...CHARTS, TEMPERATURE_CHART]
  return (
    <section className={`charts charts-${charts.length}`} aria-label={t('charts.title')}>
      {charts.map((spec) => (
        <Chart key={spec.id} spec={spec} host={host} />
      ))}
    </section>
  )
}
