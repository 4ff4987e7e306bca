import type { en, MessageKey } from './en'
import { common as commonEn } from './en/common'
import type { Locale } from './format'
import { common as commonZh } from './zh/common'

type Names<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Names<Rest>
  : never

/** Keys of texts that need no values. */
export type PlainKey = {
  [Key in MessageKey]: Names<(typeof en)[Key]> extends never ? Key : never
}[MessageKey]

/** The values that a text needs: none, or one for each of its `{name}`s. */
export type Values<Key extends MessageKey> =
  Names<(typeof en)[Key]> extends never ? [] : [values: Record<Names<(typeof en)[Key]>, string | number>]

export type Translate = <Key extends MessageKey>(key: Key, ...values: Values<Key>) => string

/** What is loaded so far: the common texts, and those of each area whose page was opened. */
const TEXTS: Record<Locale, Record<string, string>> = { en: { ...commonEn }, 'zh-Hans': { ...commonZh } }

/** Adds the texts of an area; its pages import `i18n/areas/<area>`, so that they arrive with the page. */
export function addTexts<Area extends Record<string, string>>(
  en: Area,
  zh: Record<keyof Area, string>,
): void {
  Object.assign(TEXTS.en, en)
  Object.assign(TEXTS['zh-Hans'], zh)
}

/** Whether a text is loaded, for keys that are put together from values. */
export function hasText(key: string): key is MessageKey {
  return Object.hasOwn(TEXTS.en, key)
}

/** The texts of one language. */
export function translator(locale: Locale): Translate {
  const texts = TEXTS[locale]
  return (key, ...values) => {
    const given = values[0] as Record<string, string | number> | undefined
    const text = texts[key] ?? key
    return given ? text.replace(/\{(\w+)\}/g, (whole, name: string) => String(given[name] ?? whole)) : text
  }
}

/** Chinese for those who ask for any Chinese, else English. */
export function preferredLocale(stored: string | null, languages: readonly string[]): Locale {
  if (stored === 'en' || stored === 'zh-Hans') return stored
  for (const language of languages) {
    if (language.toLowerCase().startsWith('zh')) return 'zh-Hans'
    if (language.toLowerCase().startsWith('en')) return 'en'
  }
  return 'en'
}
