import type uPlot from 'uplot'
import { palette } from './palette'
import type { Thresholds } from './thresholds'

/** Dashed lines at the thresholds that lie within the picture. */
export function drawThresholds(plot: uPlot, thresholds: Thresholds, font: string): void {
  const { left, top, width, height } = plot.bbox
  const colours = palette()
  for (const level of ['warning', 'critical'] as const) {
    const value = thresholds[level]
    if (value === null) continue
    const y = Math.round(plot.valToPos(value, 'y', true))
    if (y < top || y > top + height) continue
    const { ctx } = plot
    ctx.save()
    ctx.strokeStyle = colours[level]
    ctx.lineWidth = Math.max(1, devicePixelRatio)
    ctx.setLineDash(level === 'critical' ? [8, 4] : [3, 4])
    ctx.beginPath()
    ctx.moveTo(left, y)
    ctx.lineTo(left + width, y)
    ctx.stroke()
    ctx.font = font.replace(
      /^(\d+)px/,
      (_, size: string) => `${Math.round(Number(size) * devicePixelRatio)}px`,
    )
    ctx.fillStyle = colours[level]
    ctx.textAlign = 'left'
    ctx.textBaseline = 'bottom'
    ctx.fillText(String(value), left + 4 * devicePixelRatio, y - 2 * devicePixelRatio)
    ctx.restore()
  }
}
