import { publicPage as en } from '../en/public'
import { addTexts } from '../translate'
import { publicPage as zh } from '../zh/public'

addTexts(en, zh)
