import { sessions as en } from '../en/sessions'
import { addTexts } from '../translate'
import { sessions as zh } from '../zh/sessions'

addTexts(en, zh)
