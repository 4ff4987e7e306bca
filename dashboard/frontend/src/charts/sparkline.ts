import { themeStore } from '../app/theme'
import type { Metric, Ring } from '../store/ring'
import { chartData, WINDOW_MS } from './data'
import { onFrame, wake } from './loop'
import { palette } from './palette'
import { onVisible } from './visible'

/** Samples that come faster than people see are drawn together, ms. */
const EVERY_MS = 250

export interface SparklineOptions {
  ring: Ring
  metric: Metric
  /** Epoch ms on the server's clock. */
  now: () => number
  /** Usual time between samples, ms. */
  interval: number
  /** Top of the picture; by default a little above the largest value. */
  top?: number
}

/** Draws one metric's last five minutes into a small canvas whenever a sample comes. Returns how to stop. */
export function sparkline(canvas: HTMLCanvasElement, options: SparklineOptions): () => void {
  let seen = ''
  let visible = true
  let drawnAt = Number.NEGATIVE_INFINITY
  const stopWatching = onVisible(canvas, (now) => {
    visible = now
    if (now) wake()
  })
  const stopDrawing = onFrame(() => {
    if (!visible || performance.now() - drawnAt < EVERY_MS) return false
    const width = Math.round(canvas.clientWidth * devicePixelRatio)
    const height = Math.round(canvas.clientHeight * devicePixelRatio)
    const state = `${options.ring.version} ${width} ${height} ${themeStore.getState().version}`
    if (state === seen || width === 0) return false
    seen = state
    drawnAt = performance.now()
    canvas.width = width
    canvas.height = height
    paint(canvas, options)
    return true
  })
  return () => {
    stopDrawing()
    stopWatching()
  }
}

function paint(canvas: HTMLCanvasElement, { ring, metric, now, interval, top }: SparklineOptions): void {
  const context = canvas.getContext('2d')
  if (!context) return
  const from = now() - WINDOW_MS
  const [xs, ys = []] = chartData(ring, [metric], from, interval).columns
  const highest = top ?? Math.max(1, ...ys.map((value) => value ?? 0)) * 1.15
  const line = Math.max(1.25, canvas.height / 28)
  context.lineWidth = line
  context.lineJoin = 'round'
  context.strokeStyle = palette().series[0] ?? ''
  context.fillStyle = `${palette().series[0]}1f`
  const place = (index: number): [number, number] => [
    (((xs[index] as number) - from) / WINDOW_MS) * canvas.width,
    canvas.height - line - ((ys[index] as number) / highest) * (canvas.height - 2 * line),
  ]
  for (const [first, last] of runs(ys)) {
    const path = new Path2D()
    for (let index = first; index <= last; index += 1) path.lineTo(...place(index))
    context.stroke(path)
    path.lineTo(place(last)[0], canvas.height)
    path.lineTo(place(first)[0], canvas.height)
    context.fill(path)
  }
}

/** First and last index of each stretch without nulls. */
function* runs(values: readonly (number | null)[]): Generator<[number, number]> {
  let first = -1
  for (let index = 0; index <= values.length; index += 1) {
    const known = values[index] != null
    if (known && first < 0) first = index
    if (!known && first >= 0) {
      yield [first, index - 1]
      first = -1
    }
  }
}
