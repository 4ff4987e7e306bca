import { createContext, type ReactNode, use, useCallback, useMemo, useState } from 'react'
import { readSetting, writeSetting } from '../app/settings'
import { Formatter, type Locale } from './format'
import { preferredLocale, type Translate, translator } from './translate'

export interface Language {
  locale: Locale
  t: Translate
  format: Formatter
  setLocale(locale: Locale): void
}

const LanguageContext = createContext<Language | null>(null)

/** Gives everything below the language that was chosen, or that the browser asks for. */
export function LanguageProvider({ children }: { children: ReactNode }) {
  const [locale, setState] = useState<Locale>(() => {
    const chosen = preferredLocale(readSetting('language'), navigator.languages)
    document.documentElement.lang = chosen
    return chosen
  })
  const setLocale = useCallback((next: Locale) => {
    writeSetting('language', next)
    document.documentElement.lang = next
    setState(next)
  }, [])
  const language = useMemo<Language>(
    () => ({ locale, t: translator(locale), format: new Formatter(locale), setLocale }),
    [locale, setLocale],
  )
  return <LanguageContext value={language}>{children}</LanguageContext>
}

export function useLanguage(): Language {
  const language = use(LanguageContext)
  if (!language) throw new Error('useLanguage outside of LanguageProvider')
  return language
}
