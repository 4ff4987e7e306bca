import { console as en } from '../en/console'
import { addTexts } from '../translate'
import { console as zh } from '../zh/console'

addTexts(en, zh)
