import { settings as en } from '../en/settings'
import { addTexts } from '../translate'
import { settings as zh } from '../zh/settings'

addTexts(en, zh)
