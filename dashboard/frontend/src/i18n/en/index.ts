import { alerts } from './alerts'
import { common } from './common'
import { console } from './console'
import { explore } from './explore'
import { overview } from './overview'
import { publicPage } from './public'
import { quality } from './quality'
import { sessions } from './sessions'
import { settings } from './settings'

/** Every text of the interface in English; the other languages have exactly these keys. */
export const en = {
  ...common,
  ...overview,
  ...explore,
  ...alerts,
  ...console,
  ...publicPage,
  ...quality,
  ...sessions,
  ...settings,
} as const

export type MessageKey = keyof typeof en
