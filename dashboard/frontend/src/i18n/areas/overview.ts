import { overview as en } from '../en/overview'
import { addTexts } from '../translate'
import { overview as zh } from '../zh/overview'

addTexts(en, zh)
