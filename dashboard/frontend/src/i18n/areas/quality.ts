import { quality as en } from '../en/quality'
import { addTexts } from '../translate'
import { quality as zh } from '../zh/quality'

addTexts(en, zh)
