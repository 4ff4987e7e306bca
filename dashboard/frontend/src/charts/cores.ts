import type { SystemStatus } from '../client/protocol'
import { RECENT_LIMIT } from '../store/statuses'
import { palette } from './palette'

/** Paints a row per core and a column per reading, newest at the right; the darker, the busier. */
export function paintCores(canvas: HTMLCanvasElement, recent: readonly SystemStatus[], count: number): void {
  const width = Math.round(canvas.clientWidth * devicePixelRatio)
  const height = Math.round(canvas.clientHeight * devicePixelRatio)
  const context = canvas.getContext('2d')
  if (!context || width === 0) return
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width
    canvas.height = height
  }
  context.clearRect(0, 0, width, height)
  const row = height / count
  const column = width / RECENT_LIMIT
  const gap = row > 6 ? Math.max(1, devicePixelRatio) : 0
  context.fillStyle = palette().series[0] ?? ''
  recent.forEach((status, index) => {
    const left = Math.floor((RECENT_LIMIT - recent.length + index) * column)
    const right = Math.floor((RECENT_LIMIT - recent.length + index + 1) * column)
    status.cpuPerCore?.forEach((value, core) => {
      context.globalAlpha = 0.06 + 0.94 * Math.min(1, Math.max(0, value / 100))
      context.fillRect(left, core * row, right - left, row - gap)
    })
  })
  context.globalAlpha = 1
}
