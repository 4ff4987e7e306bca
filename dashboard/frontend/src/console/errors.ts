import type { QueryError } from '../client/query/messages'
import type { MessageKey } from '../i18n/en'
import { hasText, type Translate } from '../i18n/translate'

export interface ErrorWords {
  /** What happened, in a sentence for people. */
  title: string
  /** What the server or the database said. */
  detail: string
}

/** What to tell people about a query that failed: kindly first, then precisely. */
export function queryErrorText(t: Translate, { code, message }: QueryError): ErrorWords {
  const key = `console.error.${code}`
  const title = hasText(key)
    ? t(key as Extract<MessageKey, `console.error.${string}`>)
    : t('console.error.QUERY_FAILED')
  return { title, detail: message }
}
