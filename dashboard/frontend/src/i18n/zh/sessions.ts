import type { sessions as en } from '../en/sessions'

/** sessions 页面的文字。 */
export const sessions: Record<keyof typeof en, string> = {}
