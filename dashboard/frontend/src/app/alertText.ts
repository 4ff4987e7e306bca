import type { HealthAlert } from '../client/protocol'
import type { Formatter } from '../i18n/format'
import { hasText, type PlainKey, type Translate } from '../i18n/translate'

const PERCENT = new Set(['cpu', 'memory', 'disk', 'swap', 'reconnect_rate', 'http_error_rate'])
const MILLISECONDS = new Set(['broadcast_latency', 'query_time'])

/** What a component is measured in; empty for plain numbers. */
export function componentUnit(component: string): string {
  if (PERCENT.has(component)) return '%'
  if (MILLISECONDS.has(component)) return 'ms'
  return component === 'process_memory' ? 'GB' : component === 'host' ? 's' : ''
}

/** A value of a component with its unit. */
export function componentValue(format: Formatter, component: string, value: number): string {
  if (PERCENT.has(component)) return format.percent(value, value % 1 === 0 ? 0 : 1)
  if (MILLISECONDS.has(component)) return `${format.number(value, value < 10 ? 1 : 0)} ms`
  if (component === 'process_memory') return `${format.number(value, value % 1 === 0 ? 0 : 2)} GB`
  if (component === 'host') return format.duration(value)
  return format.number(value, value % 1 === 0 ? 0 : 2)
}

/** What an alert says, in the language of the page; notices and unknown components speak for themselves. */
export function alertText(t: Translate, format: Formatter, alert: HealthAlert): string {
  const recovered = alert.state === 'recovered'
  if (alert.component === 'host') return t(recovered ? 'alerts.hostOnline' : 'alerts.hostOffline')
  const key = `component.${alert.component}`
  // Strangers are not told what a person wrote.
  if (alert.level === 'info' && !alert.message) return t('component.maintenance')
  if (alert.level === 'info' || !hasText(key)) return alert.message
  const what = t(key as PlainKey & `component.${string}`)
  const value = componentValue(format, alert.component, alert.currentValue)
  if (recovered) return t('alerts.backToNormal', { what, value })
  const threshold = componentValue(format, alert.component, alert.threshold)
  const above = alert.currentValue >= alert.threshold
  return t(above ? 'alerts.above' : 'alerts.below', { what, value, threshold })
}
