import { useCallback, useEffect, useSyncExternalStore } from 'react'
import { type ConnectionQuality, qualityMonitor } from '../quality'
import { useStores } from './useStores'

/** How good the page's connection is; all who ask share one ping in ten seconds. */
export function useConnectionQuality(url?: string): ConnectionQuality {
  const { client } = useStores(url)
  const monitor = qualityMonitor(client)
  useEffect(() => monitor.hold(), [monitor])
  const now = () => monitor.quality
  return useSyncExternalStore(
    useCallback((changed: () => void) => monitor.on('change', changed), [monitor]),
    now,
    now,
  )
}
