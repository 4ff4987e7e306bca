import { type KeyboardEvent, useEffect, useMemo, useRef } from 'react'
import { useStore } from 'zustand'
import { themeStore } from '../app/theme'
import { useRootScale } from '../app/useRootScale'
import { useThresholds } from '../app/useThresholds'
import { marksOf } from '../charts/marks'
import { type ChartSpec, UNIT_LABEL } from '../charts/specs'
import { useStores } from '../client/react'
import { useLanguage } from '../i18n'
import { historyColumns } from './columns'
import type { GestureHandlers } from './gestures'
import { HistoryPlot } from './historyPlot'
import type { Explored } from './useExplored'
import type { View } from './view'

export interface HistoryChartProps {
  spec: ChartSpec
  host: string
  data: Explored | null
  view: View
  gestures: GestureHandlers
  compare: boolean
  /** Tells which plot draws this chart, null when it is gone, for the picture that is exported. */
  onPlot: (id: string, plot: HistoryPlot | null) => void
}

/** One chart of the past. React renders its frame; the plot draws the rest. */
export function HistoryChart({ spec, host, data, view, gestures, compare, onPlot }: HistoryChartProps) {
  const { t, format } = useLanguage()
  const { client } = useStores()
  const theme = useStore(themeStore, (state) => state.version)
  const scale = useRootScale()
  const thresholds = useThresholds(spec, host)
  const canvas = useRef<HTMLDivElement>(null)
  const plot = useRef<HistoryPlot | null>(null)
  const columns = useMemo(() => columnsOf(spec, data), [spec, data])
  const before = compare && data?.before ? t('explore.before') : null

  // biome-ignore lint/correctness/useExhaustiveDependencies: `theme` and `scale` change what the plot reads from CSS.
  useEffect(() => {
    if (!canvas.current) return
    const made = new HistoryPlot(canvas.current, {
      spec,
      labels: spec.series.map((series) => t(series.label)),
      before,
      format,
      gestures,
      now: () => client.clock.now(),
    })
    plot.current = made
    onPlot(spec.id, made)
    made.setSpan(view.getState())
    const stop = view.subscribe((span) => made.setSpan(span))
    return () => {
      stop()
      plot.current = null
      onPlot(spec.id, null)
      made.destroy()
    }
  }, [spec, before, format, gestures, client, view, t, onPlot, theme, scale])
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new plot needs its data, so what makes one is named too.
  useEffect(() => {
    if (!columns || !plot.current || !data) return
    plot.current.setData(columns.data)
    plot.current.setMarks(marksOf(data.alerts, spec.component, host))
  }, [columns, data, spec, host, before, format, gestures, view, t, theme, scale])

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new plot needs them too, so what makes one is named.
  useEffect(() => {
    plot.current?.setThresholds(thresholds)
  }, [thresholds, spec, before, format, gestures, client, view, t, onPlot, theme, scale])

  const keys = (event: KeyboardEvent) => {
    const span = view.getState()
    const length = span.to - span.from
    const steps = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -1e9, End: 1e9 }[event.key]
    if (event.shiftKey && (event.key === 'ArrowLeft' || event.key === 'ArrowRight'))
      gestures.pan((event.key === 'ArrowLeft' ? -1 : 1) * length * 0.1)
    else if (steps !== undefined) plot.current?.moveCursor(steps)
    else if (event.key === '+' || event.key === '=') gestures.zoom((span.from + span.to) / 2, 0.5)
    else if (event.key === '-') gestures.zoom((span.from + span.to) / 2, 2)
    else if (event.key === 'Escape') plot.current?.hideCursor()
    else return
    event.preventDefault()
  }
  const empty = data !== null && (columns?.buckets ?? 0) === 0
  return (
    <section
      className="chart"
      data-testid={`history-${spec.id}`}
      data-buckets={columns?.buckets ?? 0}
      aria-busy={data === null}
    >
      <div className="chart-head">
        <h3 className="chart-title">
          {t(spec.title)} <span className="chart-unit">{t(UNIT_LABEL[spec.unit])}</span>
        </h3>
        {spec.series.length > 1 && (
          <ul className="legend">
            {spec.series.map((series, index) => (
              <li key={series.metric}>
                <span className={`key key-${index + 1}`} />
                {t(series.label)}
              </li>
            ))}
          </ul>
        )}
      </div>
      <div
        ref={canvas}
        className="chart-canvas chart-explored"
        role="img"
        aria-label={t('explore.describe', { name: t(spec.title) })}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: keys move the crosshair and the range, as the label says.
        tabIndex={0}
        onKeyDown={keys}
        onBlur={() => plot.current?.hideCursor()}
      />
      {empty && <p className="chart-note">{t('charts.empty')}</p>}
      {data === null && <span className="chart-note skeleton chart-skeleton" />}
    </section>
  )
}

function columnsOf(spec: ChartSpec, data: Explored | null) {
  const source = spec.source ?? 'status'
  const history = data?.[source]
  if (!data || !history) return null
  const past = data.before?.[source]
  const metrics = spec.series.map(({ metric }) => metric)
  return historyColumns(
    history,
    metrics,
    past && data.before ? { history: past, shift: data.before.shift } : null,
  )
}
