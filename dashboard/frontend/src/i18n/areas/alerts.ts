import { alerts as en } from '../en/alerts'
import { addTexts } from '../translate'
import { alerts as zh } from '../zh/alerts'

addTexts(en, zh)
