import { useMemo } from 'react'
import { useStore } from 'zustand'
import type { ChartSpec } from '../charts/specs'
import { NO_THRESHOLDS, scaled, type Thresholds, thresholdsOf } from '../charts/thresholds'
import { useStores } from '../client/react'

/** The thresholds to draw into a chart of a host. */
export function useThresholds(spec: ChartSpec, host: string): Thresholds {
  const { catalog, statuses } = useStores()
  const rules = useStore(catalog, (state) => state.rules)
  const cores = useStore(statuses, ({ byHost }) => byHost[host]?.status.cpuPerCore?.length ?? 1)
  return useMemo(() => {
    if (spec.quietThresholds) return NO_THRESHOLDS
    return scaled(thresholdsOf(rules, spec.component, host), spec.component === 'load' ? cores : 1)
  }, [rules, spec, host, cores])
}
