import '../i18n/areas/explore'
import '../styles/explore.css'
import { useCallback, useMemo, useRef } from 'react'
import { useStore } from 'zustand'
import { errorText } from '../app/errorText'
import { changeQuery, useQuery } from '../app/router'
import { useSession } from '../app/session'
import { chooseHost } from '../app/useHost'
import { useTitle } from '../app/useTitle'
import { CHARTS, type ChartSpec, STATS_CHARTS, TEMPERATURE_CHART } from '../charts/specs'
import { useStores } from '../client/react'
import { Empty } from '../components/Empty'
import { useHostNames } from '../components/HostPicker'
import type { GestureHandlers } from '../explore/gestures'
import { HistoryChart } from '../explore/HistoryChart'
import type { HistoryPlot } from '../explore/historyPlot'
import { ProcessesAt } from '../explore/ProcessesAt'
import { download, pictureOf } from '../explore/picture'
import { panned, zoomed } from '../explore/range'
import { Toolbar } from '../explore/Toolbar'
import { useExplored } from '../explore/useExplored'
import { useRange } from '../explore/useRange'
import { useLanguage } from '../i18n'

/** The past of one host: any stretch of it, in charts that move together. */
export default function Explore() {
  const { t, format } = useLanguage()
  const { boot } = useSession()
  const { client, catalog } = useStores()
  const kind = useStore(catalog, (state) => state.hosts)
  const query = new URLSearchParams(useQuery())
  const host = chooseHost(query.get('host'), boot.host, useHostNames())
  const compare = query.get('compare') === '1'
  const at = Number.parseInt(query.get('at') ?? '', 10)
  useTitle(t('nav.explore'))

  const control = useRange()
  const { span, view, go, drag } = control
  const service = kind.find(({ name }) => name === host)?.kind === 'service'
  const stats = service || host === boot.host
  const { data, loading, error } = useExplored({ host, span, compare, stats })
  const gestures = useMemo<GestureHandlers>(
    () => ({
      select: (next) => go({ preset: null, ...next }),
      pan: (by) => drag(panned(view.getState(), by, client.clock.now())),
      zoom: (around, factor) => drag(zoomed(view.getState(), around, factor, client.clock.now())),
      pick: (moment) => changeQuery({ at: String(Math.round(moment)) }, { replace: true }),
    }),
    [go, drag, view, client],
  )
  const specs = chartsOf(
    service,
    stats,
    data?.status?.series.temperature?.avg.some((value) => value !== null),
  )
  const plots = useRef(new Map<string, HistoryPlot>())
  const onPlot = useCallback((id: string, plot: HistoryPlot | null) => {
    if (plot) plots.current.set(id, plot)
    else plots.current.delete(id)
  }, [])
  const picture = async () => {
    const parts = specs.flatMap((spec) => {
      const plot = plots.current.get(spec.id)
      return plot ? [{ title: t(spec.title), canvas: plot.plot.ctx.canvas }] : []
    })
    const heading = `${host} · ${format.dateTime(span.from)} – ${format.dateTime(span.to)}`
    const blob = await pictureOf(heading, parts)
    if (blob) download(blob, `presence-${host}-${new Date(span.from).toISOString().slice(0, 16)}.png`)
  }
  return (
    <>
      <Toolbar
        host={host}
        type={service ? 'stats' : 'status'}
        control={control}
        compare={compare}
        loading={loading}
        onPicture={picture}
      />
      <div className="content">
        {error !== null && data === null ? (
          <Empty icon="warning" role="alert" title={t('explore.failed')} text={errorText(t, error)} />
        ) : (
          <>
            {error !== null && (
              <p className="notice notice-warning" role="alert">
                {t('explore.old')} {errorText(t, error)}
              </p>
            )}
            {Number.isFinite(at) && <ProcessesAt host={host} at={at} />}
            <section className="explored" aria-label={t('nav.explore')} data-loading={loading}>
              {specs.map((spec) => (
                <HistoryChart
                  key={`${host} ${spec.id}`}
                  {...{ spec, host, data, view, gestures, compare, onPlot }}
                />
              ))}
            </section>
            <p className="explore-hint">{t('explore.hint')}</p>
          </>
        )}
      </div>
    </>
  )
}

function chartsOf(service: boolean, stats: boolean, sensor: boolean | undefined): ChartSpec[] {
  const machine = service ? [] : [...CHARTS, ...(sensor ? [TEMPERATURE_CHART] : [])]
  return [...machine, ...(stats ? STATS_CHARTS : [])]
}
