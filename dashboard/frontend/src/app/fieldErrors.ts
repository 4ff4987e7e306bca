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
  return others.length > 0
    ? others.map(([, texts]) => [texts].flat().join(' ')).join(' ')
    : errorText(t, error)
}
