import type { HealthAlert } from '../client/protocol'

/** How something is: fine, worth a look, or bad. */
export type Severity = 'ok' | 'warning' | 'critical'

const RANK: Record<Severity, number> = { ok: 0, warning: 1, critical: 2 }

export function worst(severities: readonly Severity[]): Severity {
  return severities.reduce((a, b) => (RANK[b] > RANK[a] ? b : a), 'ok' as Severity)
}

/** The worst open alert about one component of a host. */
export function firingSeverity(alerts: readonly HealthAlert[], component: string, host: string): Severity {
  const open = alerts.filter(
    (alert) => alert.state === 'firing' && alert.component === component && alert.host === host,
  )
  return worst(open.map(({ level }) => (level === 'info' ? 'ok' : level)))
}
