import { useMemo } from 'react'
import { type LocalText, QueriesApi } from '../client/query/api'
import { useStores } from '../client/react'
import { useLanguage } from '../i18n'

export function useQueries(): QueriesApi {
  const { api } = useStores()
  return useMemo(() => new QueriesApi(api), [api])
}

/** Picks the language of the page out of a text that the server gives in each. */
export function useLocalText(): (text: LocalText | '' | undefined) => string {
  const { locale } = useLanguage()
  return (text) => (text ? (locale === 'en' ? text.en : text['zh-hans']) : '')
}
