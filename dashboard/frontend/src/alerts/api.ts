import type { Api, Page, Rule } from '../client/api'
import type { HealthAlert, Process } from '../client/protocol'

/** An alert as the API lists it. Times in epoch ms. */
export interface ListedAlert extends HealthAlert {
  acknowledged?: { by: string | null; at: number; comment: string } | null
  silenced?: boolean
}

export interface AlertTransition {
  state: string
  level: HealthAlert['level']
  message: string
  value: number
  threshold: number
  timestamp: number
}

export interface AlertFilter {
  state?: HealthAlert['state'] | undefined
  level?: HealthAlert['level'] | undefined
  component?: string | undefined
  host?: string | undefined
  /** Epoch ms. */
  from?: number | undefined
  to?: number | undefined
}

export interface Recurrence {
  /** 0 is Monday. */
  weekdays: number[]
  /** `22:00` */
  start: string
  end: string
  timezone: string
}

/** A time in which nobody is notified. Null host or component means all. */
export interface Silence {
  id: number
  host: string | null
  component: string | null
  /** Epoch ms. */
  starts_at: number
  ends_at: number | null
  recurrence: Recurrence | null
  comment: string
  created_by: string | null
  active: boolean
}

export type NewSilence = Omit<Silence, 'id' | 'created_by' | 'active'>

/** A notice of planned work: every dashboard shows it as an alert of level `info` from its start to its end. */
export interface Maintenance {
  id: number
  text: string
  /** Epoch ms. */
  starts_at: number
  ends_at: number
  created_by: string | null
}

export type NewMaintenance = Pick<Maintenance, 'text' | 'starts_at' | 'ends_at'>

/** What a rule consists of, as people edit it. */
export interface FullRule extends Rule {
  /** What is raised when its value has been missing for a while; empty: the state stays. */
  no_data: '' | 'warning' | 'critical'
  keep_firing_for_seconds: number
  repeat_seconds?: number
  window_seconds?: number
}

export type NewRule = Omit<FullRule, 'id'>

/** When a rule would have fired. */
export interface RuleTest {
  firings: { host: string; level: string; from: number; to: number | null; value: number }[]
  samples: number
}

/** The page after or before, from a link the API gave; by its cursor alone, whatever host the link names. */
function cursorOf(link: string): string | null {
  return new URL(link, location.href).searchParams.get('cursor')
}

export async function alertsPage(
  api: Api,
  filter: AlertFilter,
  limit: number,
  next: string | null,
  signal?: AbortSignal,
): Promise<Page<ListedAlert>> {
  const cursor = next === null ? undefined : (cursorOf(next) ?? undefined)
  return api.get('alerts', { ...filter, limit, cursor }, signal)
}

export function alertWithTransitions(
  api: Api,
  id: number,
  signal?: AbortSignal,
): Promise<ListedAlert & { transitions: AlertTransition[] }> {
  return api.get(`alerts/${id}`, {}, signal)
}

export function acknowledge(api: Api, id: number, comment: string): Promise<ListedAlert> {
  return api.send('POST', `alerts/${id}/acknowledge`, comment ? { comment } : {})
}

export function takeBack(api: Api, id: number): Promise<ListedAlert | undefined> {
  return api.send('DELETE', `alerts/${id}/acknowledge`)
}

export function silences(api: Api, signal?: AbortSignal): Promise<Page<Silence>> {
  return api.get('silences', { limit: 500 }, signal)
}

export function createSilence(api: Api, silence: NewSilence): Promise<Silence> {
  return api.send('POST', 'silences', silence)
}

export function endSilence(api: Api, id: number): Promise<void> {
  return api.send('DELETE', `silences/${id}`)
}

export function notices(api: Api, signal?: AbortSignal): Promise<Page<Maintenance>> {
  return api.get('maintenance', { limit: 500 }, signal)
}

export function createNotice(api: Api, notice: NewMaintenance): Promise<Maintenance> {
  return api.send('POST', 'maintenance', notice)
}

export function changeNotice(api: Api, id: number, change: Partial<NewMaintenance>): Promise<Maintenance> {
  return api.send('PATCH', `maintenance/${id}`, change)
}

export function deleteNotice(api: Api, id: number): Promise<void> {
  return api.send('DELETE', `maintenance/${id}`)
}

export function fullRules(api: Api, signal?: AbortSignal): Promise<Page<FullRule>> {
  return api.get('rules', { limit: 500 }, signal)
}

export function saveRule(api: Api, rule: NewRule, id: number | null): Promise<FullRule> {
  return id === null ? api.send('POST', 'rules', rule) : api.send('PATCH', `rules/${id}`, rule)
}

export function deleteRule(api: Api, id: number): Promise<void> {
  return api.send('DELETE', `rules/${id}`)
}

export function testRule(api: Api, id: number, hours: number): Promise<RuleTest> {
  return api.send('POST', `rules/${id}/test`, { hours })
}

/** Opens a shared session about an alert; its `id` is where it is. */
export function sessionFromAlert(api: Api, alert: ListedAlert, message: string): Promise<{ id: string }> {
  const { id, host, component, level, startedAt, endedAt } = alert
  const around = 10 * 60_000
  const context = {
    alertId: id,
    host,
    component,
    level,
    message,
    from: startedAt - around,
    to: (endedAt ?? Date.now()) + (endedAt ? around : 0),
  }
  return api.send('POST', 'sessions', { context })
}

export function processesAt(
  api: Api,
  host: string,
  at: number,
  signal?: AbortSignal,
): Promise<{ timestamp: number; processes: Process[] }> {
  return api.get('processes', { host, at: Math.round(at) }, signal)
}
