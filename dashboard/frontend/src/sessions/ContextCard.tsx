import { useCallback, useEffect, useRef, useState } from 'react'
import { useStore } from 'zustand'
import { themeStore } from '../app/theme'
import { useLoaded } from '../app/useLoaded'
import { useRootScale } from '../app/useRootScale'
import type { SessionContext } from '../client/collab/messages'
import { useStores } from '../client/react'
import { Icon } from '../components/Icon'
import { Link } from '../components/Link'
import { drawChart } from '../console/drawChart'
import { pathOfStretch } from '../explore/range'
import { useLanguage } from '../i18n'

const METRICS: Record<string, string> = {
  cpu: 'cpuUsage',
  memory: 'memoryUsage',
  disk: 'diskUsage',
  swap: 'swapUsage',
  load: 'load1',
  connections: 'activeConnections',
}
const BEFORE_MS = 15 * 60_000
const POINTS = 240

/** What the session was opened from: the alert, with the chart of its time. */
export function ContextCard({ context }: { context: SessionContext }) {
  const { t, format } = useLanguage()
  const { host, message, level, from, to, component } = context
  // As of when the session was opened: a stretch that moved with each render would be fetched without end.
  const [now] = useState(() => Date.now())
  if (!host && !message) return null
  const end = to ?? now
  const start = from ?? end - BEFORE_MS
  const metric = context.metric ?? METRICS[component ?? '']
  return (
    <section className={`panel context context-${level ?? 'info'}`} aria-label={t('sessions.context')}>
      <div className="context-words">
        <Icon name="bell" />
        <strong>{message ?? host}</strong>
        <span className="context-when">
          {format.dateTime(start)} – {format.dateTime(end)}
        </span>
        {host && <Link to={pathOfStretch(host, start, end)}>{t('sessions.context.host', { host })}</Link>}
      </div>
      {host && metric && <ContextChart host={host} metric={metric} from={start} to={end} />}
    </section>
  )
}

function ContextChart({
  host,
  metric,
  from,
  to,
}: {
  host: string
  metric: string
  from: number
  to: number
}) {
  const { t, format } = useLanguage()
  const { api } = useStores()
  const theme = useStore(themeStore, (state) => state.version)
  const scale = useRootScale()
  const canvas = useRef<HTMLDivElement>(null)
  const { data } = useLoaded(
    useCallback(
      (signal: AbortSignal) =>
        api.history({ host, from: Math.round(from), to: Math.round(to), points: POINTS }, signal),
      [api, host, from, to],
    ),
  )
  const values = data?.series[metric]?.avg
  // biome-ignore lint/correctness/useExhaustiveDependencies: `theme` and `scale` change what is read from CSS.
  useEffect(() => {
    if (!canvas.current || !data || !values) return
    return drawChart(canvas.current, {
      picture: {
        kind: 'line',
        time: true,
        labels: null,
        cut: false,
        data: [data.timestamps.map((at) => at / 1_000), values],
      },
      names: [t('sessions.context.time'), metric],
      number: (value) => format.number(value, 1),
      time: (at) => format.dateTime(at),
      locale: format.locale,
    })
  }, [data, values, metric, format, t, theme, scale])
  if (!values) return null
  return (
    <div
      ref={canvas}
      className="context-chart"
      role="img"
      aria-label={t('sessions.context.chart', { metric, host })}
    />
  )
}
