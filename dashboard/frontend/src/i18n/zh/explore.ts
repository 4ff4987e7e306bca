import type { explore as en } from '../en/explore'

/** explore 页面的文字。 */
export const explore: Record<keyof typeof en, string> = {}
