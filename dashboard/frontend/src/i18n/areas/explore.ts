import { explore as en } from '../en/explore'
import { addTexts } from '../translate'
import { explore as zh } from '../zh/explore'

addTexts(en, zh)
