import type { settings as en } from '../en/settings'

/** settings 页面的文字。 */
export const settings: Record<keyof typeof en, string> = {}
