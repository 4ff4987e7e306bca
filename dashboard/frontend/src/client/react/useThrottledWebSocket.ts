import { useCallback, useEffect, useRef } from 'react'
import type { ServerFrame } from '../messages'

export interface UseThrottledWebSocketReturn {
  /** Calls `onUpdate` with the newest message only: in the next animation frame, at most once in `throttleMs`. */
  throttledUpdate: <Message = ServerFrame>(message: Message, onUpdate: (message: Message) => void) => void
}

/** Lets a fast stream of messages cost a page no more than one update in `throttleMs`, and none while it is hidden. */
export function useThrottledWebSocket(throttleMs = 100): UseThrottledWebSocketReturn {
  const pending = useRef<(() => void) | null>(null)
  const frame = useRef<number | null>(null)
  const last = useRef(Number.NEGATIVE_INFINITY)

  const run = useCallback(
    (now: number) => {
      frame.current = null
      if (pending.current && now - last.current < throttleMs) {
        frame.current = requestAnimationFrame(run)
        return
      }
      last.current = now
      const update = pending.current
      pending.current = null
      update?.()
    },
    [throttleMs],
  )
  const throttledUpdate = useCallback(
    <Message>(message: Message, onUpdate: (message: Message) => void) => {
      pending.current = () => onUpdate(message)
      frame.current ??= requestAnimationFrame(run)
    },
    [run],
  )
  useEffect(
    () => () => {
      if (frame.current !== null) cancelAnimationFrame(frame.current)
      // React may show the same component again, and then the next message needs a frame of its own.
      frame.current = null
      pending.current = null
    },
    [],
  )
  return { throttledUpdate }
}
