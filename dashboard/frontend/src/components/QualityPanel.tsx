import '../i18n/areas/quality'
import '../styles/quality.css'
import { useStore } from 'zustand'
import { useNow } from '../app/useNow'
import { useConnectionQuality, useStores } from '../client/react'
import { useLanguage } from '../i18n'
import { POLL_MS } from '../store/polling'

const WIDTH = 240
const HEIGHT = 48
/** The picture's top is never lower than this, ms, so that a good connection looks calm. */
const LEAST_TOP_MS = 50

/** What is known of the connection: latency, losses, reconnects, how long it stands. */
export default function QualityPanel() {
  const { t, format } = useLanguage()
  const { client, polling } = useStores()
  const polled = useStore(polling.store, (state) => state.active)
  const { latency, packetsLost, reconnectCount, stability, samples } = useConnectionQuality()
  const now = useNow(1_000)
  const since = client.snapshot.state === 'connected' ? client.figures.connectedAt : null
  return (
    <section className="quality" data-testid="quality" aria-label={t('quality.title')}>
      <h2 className="quality-title">
        {t('quality.title')}
        <span className={`quality-class ${latency === null ? '' : `quality-${stability}`}`}>
          {latency === null ? t('quality.measuring') : t(`quality.${stability}`)}
        </span>
      </h2>
      {polled && <p className="quality-note">{t('quality.polling', { seconds: POLL_MS / 1_000 })}</p>}
      {samples.length > 1 && (
        <LatencyLine samples={samples} label={t('quality.samples', { count: samples.length })} />
      )}
      <dl className="quality-figures">
        <dt>{t('quality.latency')}</dt>
        <dd>
          {latency === null ? '–' : t('quality.ms', { value: format.number(latency, latency < 10 ? 1 : 0) })}
        </dd>
        <dt>{t('quality.lost')}</dt>
        <dd>{format.percent(packetsLost * 100, 0)}</dd>
        <dt>{t('quality.reconnects')}</dt>
        <dd>{format.number(reconnectCount)}</dd>
        <dt>{t('quality.uptime')}</dt>
        <dd>{since === null ? t('quality.down') : format.duration(Math.max(0, now - since) / 1_000)}</dd>
      </dl>
    </section>
  )
}

/** Latencies over time; a gap in the line and a mark below it for each ping that was lost. */
function LatencyLine({ samples, label }: { samples: readonly (number | null)[]; label: string }) {
  const top = Math.max(LEAST_TOP_MS, ...samples.map((sample) => sample ?? 0)) * 1.1
  const step = WIDTH / Math.max(1, samples.length - 1)
  const points = samples.map((sample, index) => ({
    x: index * step,
    y: sample === null ? null : HEIGHT - (sample / top) * HEIGHT,
  }))
  const path = points.map(({ x, y }, index) => {
    if (y === null) return ''
    const command = index > 0 && points[index - 1]?.y != null ? 'L' : 'M'
    return `${command}${x.toFixed(1)} ${y.toFixed(1)}`
  })
  return (
    <svg className="quality-line" viewBox={`0 -2 ${WIDTH} ${HEIGHT + 8}`} role="img" aria-label={label}>
      <path d={path.join('')} />
      {points.map(
        ({ x, y }) => y === null && <rect key={x} x={x - 1.5} y={HEIGHT - 2} width="3" height="6" />,
      )}
    </svg>
  )
}
