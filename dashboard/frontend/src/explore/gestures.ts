import type uPlot from 'uplot'
import type { Span } from './range'

/** What people do on a chart; times in epoch ms. */
export interface GestureHandlers {
  /** Dragged over a stretch with the mouse. */
  select: (span: Span) => void
  /** Moved by `by` ms, later for more than 0. */
  pan: (by: number) => void
  /** Stretched (`factor` < 1) or shrunk around `at`. */
  zoom: (at: number, factor: number) => void
  /** Clicked, or tapped, at a time. */
  pick: (at: number) => void
}

/** How much a notch of the wheel zooms. */
const WHEEL_ZOOM = 1.0015

/**
 * The wheel and fingers: sideways (or with Shift) pans, with Ctrl or ⌘ zooms, one finger pans, two zoom. Scrolling
 * up and down stays with the page, so that nobody is caught in a chart.
 *
 * @returns how to stop.
 */
export function listenToGestures(plot: uPlot, handlers: GestureHandlers): () => void {
  const { over } = plot
  const perPixel = () => (plot.posToVal(1, 'x') || 0) - (plot.posToVal(0, 'x') || 0)
  const timeAt = (clientX: number) => plot.posToVal(clientX - over.getBoundingClientRect().left, 'x')

  const wheel = (event: WheelEvent) => {
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 20 : 1
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault()
      handlers.zoom(timeAt(event.clientX), WHEEL_ZOOM ** (event.deltaY * unit))
      return
    }
    const sideways = event.shiftKey && event.deltaX === 0 ? event.deltaY : event.deltaX
    if (Math.abs(sideways) <= Math.abs(event.shiftKey ? 0 : event.deltaY)) return
    event.preventDefault()
    handlers.pan(sideways * unit * perPixel())
  }

  const fingers = new Map<number, number>()
  const down = (event: PointerEvent) => {
    if (event.pointerType !== 'touch') return
    fingers.set(event.pointerId, event.clientX)
    over.setPointerCapture(event.pointerId)
  }
  const move = (event: PointerEvent) => {
    const before = fingers.get(event.pointerId)
    if (before === undefined) return
    if (fingers.size === 1) handlers.pan((before - event.clientX) * perPixel())
    else pinch(event, before)
    fingers.set(event.pointerId, event.clientX)
  }
  const pinch = (event: PointerEvent, before: number) => {
    const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1]
    if (other === undefined) return
    const was = Math.max(16, Math.abs(before - other))
    const is = Math.max(16, Math.abs(event.clientX - other))
    handlers.zoom(timeAt((event.clientX + other) / 2), was / is)
  }
  const up = (event: PointerEvent) => fingers.delete(event.pointerId)

  let pressedAt = 0
  const press = (event: MouseEvent) => {
    pressedAt = event.clientX
  }
  const click = (event: MouseEvent) => {
    if (Math.abs(event.clientX - pressedAt) < 5) handlers.pick(timeAt(event.clientX))
  }
  const outward = (event: MouseEvent) => handlers.zoom(timeAt(event.clientX), 2)

  const stop = new AbortController()
  const { signal } = stop
  over.addEventListener('wheel', wheel, { passive: false, signal })
  over.addEventListener('pointerdown', down, { signal })
  over.addEventListener('pointermove', move, { signal })
  over.addEventListener('pointerup', up, { signal })
  over.addEventListener('pointercancel', up, { signal })
  over.addEventListener('mousedown', press, { signal })
  over.addEventListener('click', click, { signal })
  over.addEventListener('dblclick', outward, { signal })
  return () => stop.abort()
}
