import type { console as en } from '../en/console'

/** console 页面的文字。 */
export const console: Record<keyof typeof en, string> = {}
