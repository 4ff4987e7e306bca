import { createContext, type ReactNode, use, useLayoutEffect, useMemo } from 'react'
import { useStore } from 'zustand'
import { choose, preferencesStore } from '../app/preferences'
import { Formatter, type Locale } from './format'
import { preferredLocale, type Translate, translator } from './translate'

export interface Language {
  locale: Locale
  t: Translate
  format: Formatter
  setLocale(locale: Locale): void
}

const LanguageContext = createContext<Language | null>(null)

/** Gives everything below the language that was chosen, or that the browser asks for, and numbers in the chosen units. */
export function LanguageProvider({ children }: { children: ReactNode }) {
  const chosen = useStore(preferencesStore, (preferences) => preferences.language)
  const units = useStore(preferencesStore, (preferences) => preferences.units)
  const locale = preferredLocale(chosen || null, navigator.languages)
  useLayoutEffect(() => {
    document.documentElement.lang = locale
  }, [locale])
  const language = useMemo<Language>(
    () => ({
      locale,
      t: translator(locale),
      format: new Formatter(locale, undefined, units),
      setLocale: (next) => choose({ language: next }),
    }),
    [locale, units],
  )
  return <LanguageContext value={language}>{children}</LanguageContext>
}

export function useLanguage(): Language {
  const language = use(LanguageContext)
  if (!language) throw new Error('useLanguage outside of LanguageProvider')
  return language
}
