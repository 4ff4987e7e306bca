import { useMemo } from 'react'
import { useLanguage } from '../../i18n'
import type { PlainKey } from '../../i18n/translate'
import type { EditorTexts } from './setup'

/** CodeMirror's own words, and which text of ours says the same. */
const PHRASES: Record<string, PlainKey> = {
  Find: 'editor.find',
  Replace: 'editor.replaceWith',
  next: 'editor.next',
  previous: 'editor.previous',
  all: 'editor.all',
  'match case': 'editor.matchCase',
  regexp: 'editor.regexp',
  'by word': 'editor.byWord',
  replace: 'editor.replace',
  'replace all': 'editor.replaceAll',
  close: 'editor.close',
  Completions: 'editor.completions',
  Diagnostics: 'editor.diagnostics',
}

/** What the editor says, in the language of the page. */
export function useEditorTexts(): EditorTexts {
  const { t } = useLanguage()
  return useMemo(
    () => ({
      label: t('editor.label'),
      placeholder: t('editor.placeholder'),
      phrases: Object.fromEntries(Object.entries(PHRASES).map(([phrase, key]) => [phrase, t(key)])),
    }),
    [t],
  )
}
