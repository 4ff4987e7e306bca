import { en, type MessageKey } from './en'
import type { Locale } from './format'
import { zh } from './zh'

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

const TEXTS: Record<Locale, Record<MessageKey, string>> = { en, 'zh-Hans': zh }

/** The texts of one language. */
export function translator(locale: Locale): Translate {
  const texts = TEXTS[locale]
  return (key, ...values) => {
    const given = values[0] as Record<string, string | number> | undefined
    const text = texts[key]
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
