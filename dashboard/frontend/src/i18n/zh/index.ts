import { alerts } from './alerts'
import { common } from './common'
import { console } from './console'
import { explore } from './explore'
import { overview } from './overview'
import { publicPage } from './public'
import { quality } from './quality'
import { sessions } from './sessions'
import { settings } from './settings'

/** 界面的全部中文文字；键与英文完全一致。 */
export const zh = {
  ...common,
  ...overview,
  ...explore,
  ...alerts,
  ...console,
  ...publicPage,
  ...quality,
  ...sessions,
  ...settings,
}
