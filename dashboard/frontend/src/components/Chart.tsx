import { type KeyboardEvent, useEffect, useRef } from 'react'
import { useStore } from 'zustand'
import { useSession } from '../app/session'
import { themeStore } from '../app/theme'
import { useRootScale } from '../app/useRootScale'
import { useThresholds } from '../app/useThresholds'
import { marksOf } from '../charts/marks'
import { Plot, type PlotSummary } from '../charts/plot'
import { type ChartSpec, formatValue, UNIT_LABEL } from '../charts/specs'
import { useStores } from '../client/react'
import { useLanguage } from '../i18n'
import type { Ring } from '../store/ring'

export interface ChartProps {
  spec: ChartSpec
  host: string
}

/** Request statistics come every five seconds. */
const STATS_INTERVAL_MS = 5_000
const calmQuery = matchMedia('(prefers-reduced-motion: reduce)')

/**
 * A live chart with its title, unit and legend.
 *
 * React renders the frame; the picture, the values of the legend and the attributes that tests read are written by
 * the plot, so that samples cost no render.
 */
export function Chart({ spec, host }: ChartProps) {
  const { t, format } = useLanguage()
  const { boot } = useSession()
  const { rings, client, alerts: alertsStore } = useStores()
  const alerts = useStore(alertsStore, (state) => state.alerts)
  const theme = useStore(themeStore, (state) => state.version)
  const scale = useRootScale()
  const thresholds = useThresholds(spec, host)
  const frame = useRef<HTMLElement>(null)
  const canvas = useRef<HTMLDivElement>(null)
  const plot = useRef<Plot | null>(null)

  // biome-ignore lint/correctness/useExhaustiveDependencies: `theme` and `scale` change what the plot reads from CSS.
  useEffect(() => {
    if (!canvas.current || !frame.current) return
    const section = frame.current
    const showLatest = (latest: (number | null)[]) =>
      section.querySelectorAll('.legend-value').forEach((cell, index) => {
        cell.textContent = formatValue(format, spec.unit, latest[index])
      })
    const show = (summary: PlotSummary) => {
      section.dataset.samples = String(summary.samples)
      section.dataset.largestGap = (summary.largestGap / 1_000).toFixed(1)
      section.classList.toggle('is-empty', summary.samples === 0)
      canvas.current?.setAttribute(
        'aria-label',
        t('charts.describe', {
          name: t(spec.title),
          now: formatValue(format, spec.unit, summary.latest),
          min: formatValue(format, spec.unit, summary.min),
          max: formatValue(format, spec.unit, summary.max),
        }),
      )
    }
    const made = new Plot(canvas.current, {
      spec,
      ring: (spec.source === 'stats' ? rings.stats : rings.of(host)) as Ring<string>,
      labels: spec.series.map((series) => t(series.label)),
      format,
      now: () => client.clock.now(),
      interval: spec.source === 'stats' ? STATS_INTERVAL_MS : boot.interval,
      calm: calmQuery.matches,
      onLatest: showLatest,
      onSummary: show,
    })
    plot.current = made
    made.setMarks(marksOf(alertsStore.getState().alerts, spec.component, host))
    return () => {
      plot.current = null
      made.destroy()
    }
  }, [spec, host, rings, client, alertsStore, boot.interval, t, format, theme, scale])
  useEffect(() => {
    plot.current?.setMarks(marksOf(alerts, spec.component, host))
  }, [alerts, spec, host])
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new plot needs them too, so what makes one is named.
  useEffect(() => {
    plot.current?.setThresholds(thresholds)
  }, [thresholds, spec, host, rings, client, boot.interval, t, format, theme, scale])

  const keys = (event: KeyboardEvent) => {
    const steps = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -1e9, End: 1e9 }[event.key]
    if (steps !== undefined) {
      event.preventDefault()
      plot.current?.moveCursor(steps)
    } else if (event.key === 'Escape') plot.current?.hideCursor()
  }
  return (
    <section
      ref={frame}
      className="chart is-empty"
      data-testid={`chart-${spec.id}`}
      data-samples="0"
      data-largest-gap="0.0"
    >
      <div className="chart-head">
        <h3 className="chart-title">
          {t(spec.title)} <span className="chart-unit">{t(UNIT_LABEL[spec.unit])}</span>
        </h3>
        <ul className="legend">
          {spec.series.map((series, index) => (
            <li key={series.metric}>
              <span className={`key key-${index + 1}`} />
              {spec.series.length > 1 && <span className="legend-name">{t(series.label)}</span>}
              <span className="legend-value" />
            </li>
          ))}
        </ul>
      </div>
      <div
        ref={canvas}
        className="chart-canvas"
        role="img"
        aria-label={t(spec.title)}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys move the crosshair, as the label says.
        tabIndex={0}
        onKeyDown={keys}
        onBlur={() => plot.current?.hideCursor()}
      />
      <p className="chart-empty">{t('charts.empty')}</p>
    </section>
  )
}
