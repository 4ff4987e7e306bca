import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { changeQuery, useQuery } from '../app/router'
import { useStores } from '../client/react'
import { PRESETS, type Range, rangeQuery, readRange, type Span, spanOf } from './range'
import { createView, type View } from './view'

export interface RangeControl {
  range: Range
  /** The span to fetch and to export. */
  span: Span
  /** The span on the screen, ahead of `span` during a gesture. */
  view: View
  /** Goes to a range; the back button returns. */
  go: (range: Range) => void
  /** Moves the view now, and the address once it stands still. */
  drag: (span: Span) => void
}

const SETTLE_MS = 250
/** A stretch up to now is asked for anew about this many times over its width, and no oftener than every 5 s. */
const REFRESHES = 360
const REFRESH_LEAST_MS = 5_000

/** The range in the address bar, and how it is changed. */
export function useRange(): RangeControl {
  const { client } = useStores()
  const query = useQuery()
  const range = useMemo(() => readRange(new URLSearchParams(query)), [query])
  const beat = useBeat(range)
  // biome-ignore lint/correctness/useExhaustiveDependencies: each beat moves a stretch that ends now.
  const span = useMemo(() => spanOf(range, Math.round(client.clock.now())), [range, client, beat])
  const [view] = useState(() => createView(span))
  useEffect(() => view.setState(span), [view, span])

  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  const go = useCallback((next: Range) => {
    clearTimeout(timer.current)
    changeQuery(rangeQuery(next))
  }, [])
  const drag = useCallback(
    (next: Span) => {
      view.setState(next)
      clearTimeout(timer.current)
      timer.current = setTimeout(
        () => changeQuery(rangeQuery({ preset: null, ...next }), { replace: true }),
        SETTLE_MS,
      )
    },
    [view],
  )
  useEffect(() => () => clearTimeout(timer.current), [])
  return { range, span, view, go, drag }
}

function useBeat(range: Range): number {
  const [beat, setBeat] = useState(0)
  const every = range.preset === null ? null : Math.max(REFRESH_LEAST_MS, PRESETS[range.preset] / REFRESHES)
  useEffect(() => {
    if (every === null) return
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') setBeat((count) => count + 1)
    }, every)
    return () => clearInterval(timer)
  }, [every])
  return beat
}
