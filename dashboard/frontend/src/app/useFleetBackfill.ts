import { useEffect } from 'react'
import { WINDOW_MS } from '../charts/data'
import type { Stores } from '../store'

/** A sparkline is a hundred pixels wide or so; buckets of two seconds are no holes between samples of one. */
const POINTS = 150
const AT_ONCE = 3
/** A ring that reaches back this far needs no past, ms. */
const ENOUGH_MS = WINDOW_MS * 0.8

/** Fetches the last five minutes of each host for its sparkline, a few at a time, once per connection. */
export function useFleetBackfill(stores: Stores, names: readonly string[]): void {
  const key = names.toSorted().join('\n')
  useEffect(() => {
    const abort = new AbortController()
    const waiting = key.split('\n').filter(Boolean)
    const work = async () => {
      for (let name = waiting.shift(); name !== undefined && !abort.signal.aborted; name = waiting.shift())
        // A sparkline without its past is no reason to take the live one away.
        await fill(stores, name, abort.signal).catch(() => undefined)
    }
    const start = () => {
      for (let worker = 0; worker < AT_ONCE; worker += 1) void work()
    }
    const stop = stores.statuses.subscribe((state, before) => {
      if (state.loaded && !before.loaded) start()
    })
    if (stores.statuses.getState().loaded) start()
    return () => {
      stop()
      abort.abort()
    }
  }, [stores, key])
}

async function fill({ api, client, rings }: Stores, host: string, signal: AbortSignal): Promise<void> {
  const ring = rings.of(host)
  const to = Math.floor(client.clock.now())
  const from = to - WINDOW_MS
  const first = ring.time()[0]
  if (first !== undefined && first <= to - ENOUGH_MS) return
  ring.fill(await api.history({ host, from, to, points: POINTS }, signal))
}
