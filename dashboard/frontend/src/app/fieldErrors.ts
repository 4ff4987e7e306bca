import { ApiError } from '../client/errors'
import type { Translate } from '../i18n/translate'
import { errorText } from './errorText'

/** What the server found wrong with a form, by field; nothing where it failed for another reason. */
export function fieldErrors(error: unknown): Readonly<Record<string, readonly string[]>> {
  return error instanceof ApiError && error.status === 400 ? error.details : {}
}

/** What is to be said below a form whose `fields` tell of themselves what is wrong about them. */
export function restOfError(t: Translate, error: unknown, fields: readonly string[]): string {
  if (error === null) return ''
  const others = Object.entries(fieldErrors(error)).filter(([name]) => !fields.includes(name))
  const texts = others.flatMap(([, found]) => sentences(found))
  return texts.length > 0 ? texts.join(' ') : errorText(t, error)
}

/** All sentences in what a serializer says, however deep its fields lie. */
function sentences(found: unknown): string[] {
  if (typeof found === 'string') return [found]
  return found !== null && typeof found === 'object' ? Object.values(found).flatMap(sentences) : []
}
