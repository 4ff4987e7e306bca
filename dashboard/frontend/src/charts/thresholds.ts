import type { Rule } from '../client/api'
import type { Severity } from './severity'

/** Values from which a reading is a warning, or critical, and down to which it stays so; null where no rule says so. */
export interface Thresholds {
  warning: number | null
  warningClear: number | null
  critical: number | null
  criticalClear: number | null
  comparison: 'above' | 'below'
}

export const NO_THRESHOLDS: Thresholds = {
  warning: null,
  warningClear: null,
  critical: null,
  criticalClear: null,
  comparison: 'above',
}

/** The thresholds that hold for a component of a host: the host's own rule before the one for all. */
export function thresholdsOf(
  rules: readonly Rule[],
  component: string | undefined,
  host: string,
): Thresholds {
  const enabled = rules.filter((rule) => rule.enabled && rule.component === component)
  const rule = enabled.find((one) => one.host === host) ?? enabled.find((one) => one.host === null)
  if (!rule) return NO_THRESHOLDS
  return {
    warning: rule.warning_raise,
    warningClear: rule.warning_clear,
    critical: rule.critical_raise,
    criticalClear: rule.critical_clear,
    comparison: rule.comparison,
  }
}

/**
 * How bad a reading is. What was raised stays until the reading is back beyond the clear threshold, so that a value
 * that trembles around a threshold does not blink.
 *
 * @param before how bad the reading before was.
 */
export function severityOf(value: number, thresholds: Thresholds, before: Severity = 'ok'): Severity {
  const { warning, warningClear, critical, criticalClear, comparison } = thresholds
  const beyond = (limit: number | null) =>
    limit !== null && (comparison === 'above' ? value >= limit : value <= limit)
  if (beyond(critical) || (before === 'critical' && beyond(criticalClear))) return 'critical'
  return beyond(warning) || (before !== 'ok' && beyond(warningClear)) ? 'warning' : 'ok'
}

/** Thresholds in the unit of a chart, where that is not the rule's: a load counts per core, its chart shows the sum. */
export function scaled(thresholds: Thresholds, factor: number): Thresholds {
  const { warning, warningClear, critical, criticalClear, comparison } = thresholds
  const times = (value: number | null) => (value === null ? null : value * factor)
  return {
    warning: times(warning),
    warningClear: times(warningClear),
    critical: times(critical),
    criticalClear: times(criticalClear),
    comparison,
  }
}
