import type { alerts as en } from '../en/alerts'

/** alerts 页面的文字。 */
export const alerts: Record<keyof typeof en, string> = {}
