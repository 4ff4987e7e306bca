import { use, useEffect, useRef } from 'react'
import { DEFAULTS } from '../app/boot'
import { SessionContext } from '../app/session'
import { sparkline } from '../charts/sparkline'
import { useStores } from '../client/react'
import type { Metric } from '../store/ring'

export interface SparklineProps {
  host: string
  metric: Metric
  /** Top of the picture; by default a little above the largest value. */
  top?: number
}

/** The last five minutes at a glance. The number beside it says the same in words, so readers skip it. */
export function Sparkline({ host, metric, top }: SparklineProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  // Strangers see sparklines too.
  const { interval } = use(SessionContext)?.boot ?? DEFAULTS
  const { rings, client } = useStores()
  useEffect(() => {
    if (!canvas.current) return
    const now = () => client.clock.now()
    const ring = rings.of(host)
    return sparkline(canvas.current, { ring, metric, now, interval, ...(top ? { top } : {}) })
  }, [rings, client, host, metric, top, interval])
  return (
    <span className="sparkline" aria-hidden="true">
      <canvas ref={canvas} />
    </span>
  )
}

/** How full something is, 0-100. */
export function Bar({ value, level }: { value: number; level: string }) {
  return (
    <svg className={`bar bar-${level}`} viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
      <rect className="bar-track" width="100" height="4" />
      <rect className="bar-fill" width={Math.min(100, Math.max(0, value))} height="4" />
    </svg>
  )
}
