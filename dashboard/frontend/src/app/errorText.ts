import { ApiError } from '../client/errors'
import type { Translate } from '../i18n/translate'

/** What to tell people about a failed request. */
export function errorText(t: Translate, error: unknown): string {
  if (!(error instanceof ApiError)) return t('error.unknown', { code: 'INTERNAL' })
  switch (error.code) {
    case 'INVALID_CREDENTIALS':
    case 'NETWORK':
    case 'SETUP_LINK_INVALID':
    case 'SETUP_DONE':
    case 'UNKNOWN_HOST':
    case 'NO_HISTORY':
      return t(`error.${error.code}`)
    case 'RATE_LIMITED':
      return t('error.RATE_LIMITED', { seconds: Math.ceil(error.retryAfter ?? 60) })
    default:
      if (error.status === 429) return t('error.RATE_LIMITED', { seconds: Math.ceil(error.retryAfter ?? 60) })
      return error.status === 400 ? t('error.invalid') : t('error.unknown', { code: error.code })
  }
}
