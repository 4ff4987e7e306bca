import type { Maintenance } from './api'

export const NOTICE_STATES = ['now', 'coming', 'past'] as const
export type NoticeState = (typeof NOTICE_STATES)[number]

/** Where a notice stands at `now`, epoch ms. */
export function noticeState(notice: Maintenance, now: number): NoticeState {
  if (now >= notice.ends_at) return 'past'
  return now >= notice.starts_at ? 'now' : 'coming'
}

/** Notices by where they stand: what comes soonest first, what is over latest first. */
export function groupNotices(
  notices: readonly Maintenance[],
  now: number,
): Record<NoticeState, Maintenance[]> {
  const groups: Record<NoticeState, Maintenance[]> = { now: [], coming: [], past: [] }
  for (const notice of notices) groups[noticeState(notice, now)].push(notice)
  groups.now.sort((a, b) => a.ends_at - b.ends_at)
  groups.coming.sort((a, b) => a.starts_at - b.starts_at)
  groups.past.sort((a, b) => b.ends_at - a.ends_at)
  return groups
}
