import type uPlot from 'uplot'
import type { HealthAlert } from '../client/protocol'
import { palette } from './palette'

/** An alert on the time axis. Times in epoch ms; `to` is null while it is open. */
export interface Mark {
  level: HealthAlert['level']
  from: number
  to: number | null
}

/** Those of `alerts` that a chart of a host's component shows. */
export function marksOf(alerts: readonly HealthAlert[], component: string | undefined, host: string): Mark[] {
  if (component === undefined) return []
  return alerts
    .filter((alert) => alert.host === host && alert.component === component)
    .map((alert) => ({ level: alert.level, from: alert.startedAt, to: alert.endedAt ?? null }))
}

/** With more alerts than this in the picture, lines where they began would cover it. */
const MOST_LINES = 24

/** A bar along the time axis for as long as each alert was open, and, while they are few, a line where it began. */
export function drawMarks(plot: uPlot, marks: readonly Mark[], now: number): void {
  const { left, top, width, height } = plot.bbox
  const { ctx } = plot
  const bar = Math.round(4 * devicePixelRatio)
  const colours = palette()
  const { min = 0, max = 0 } = plot.scales.x ?? {}
  const few = marks.filter(({ from }) => from >= (min ?? 0) && from <= (max ?? 0)).length <= MOST_LINES
  for (const mark of marks) {
    const from = plot.valToPos(mark.from, 'x', true)
    const to = plot.valToPos(mark.to ?? now, 'x', true)
    if (to < left || from > left + width) continue
    const begin = Math.max(left, from)
    const end = Math.max(begin + bar, Math.min(left + width, to))
    ctx.save()
    ctx.fillStyle =
      mark.level === 'critical' ? colours.critical : mark.level === 'info' ? colours.info : colours.warning
    ctx.fillRect(begin, top + height - bar, end - begin, bar)
    if (few && from >= left) {
      ctx.globalAlpha = 0.75
      ctx.fillRect(Math.round(from), top, Math.max(1, Math.round(devicePixelRatio)), height)
      ctx.beginPath()
      ctx.moveTo(from - bar, top)
      ctx.lineTo(from + bar, top)
      ctx.lineTo(from, top + bar * 1.75)
      ctx.fill()
    }
    ctx.restore()
  }
}
