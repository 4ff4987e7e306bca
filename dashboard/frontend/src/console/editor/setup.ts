import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  closeCompletion,
  completionKeymap,
} from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { PostgreSQL, SQLite, sql } from '@codemirror/lang-sql'
import { bracketMatching, indentOnInput } from '@codemirror/language'
import { type Diagnostic, lintKeymap, setDiagnostics } from '@codemirror/lint'
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search'
import { Compartment, EditorState, type Extension, Prec, type TransactionSpec } from '@codemirror/state'
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
  placeholder,
} from '@codemirror/view'
import { columnSource, namespaceOf, type SchemaView } from './completion'
import { editorTheme } from './theme'

export type Dialect = 'sqlite' | 'postgresql'

export interface EditorSchema {
  dialect: Dialect
  views: readonly SchemaView[]
}

export interface EditorTexts {
  label: string
  placeholder: string
  /** CodeMirror's own words, by the English ones. */
  phrases: Record<string, string>
}

export interface EditorKeys {
  /** Ctrl+Enter or Cmd+Enter. */
  run(): void
  format(): void
}

export interface EditorParts {
  schema: Compartment
  readOnly: Compartment
  texts: Compartment
}

export const editorParts = (): EditorParts => ({
  schema: new Compartment(),
  readOnly: new Compartment(),
  texts: new Compartment(),
})

export function schemaExtension({ dialect, views }: EditorSchema): Extension {
  const language = sql({
    dialect: dialect === 'postgresql' ? PostgreSQL : SQLite,
    schema: namespaceOf(views),
    upperCaseKeywords: true,
  })
  return [language, language.language.data.of({ autocomplete: columnSource(() => views) })]
}

export function readOnlyExtension(readOnly: boolean): Extension {
  return [
    EditorState.readOnly.of(readOnly),
    EditorView.contentAttributes.of({ 'aria-readonly': String(readOnly) }),
  ]
}

export function textsExtension({ label, placeholder: hint, phrases }: EditorTexts): Extension {
  return [
    EditorState.phrases.of(phrases),
    placeholder(hint),
    EditorView.contentAttributes.of({ 'aria-label': label }),
  ]
}

/** A plain editor brings `history()`; a shared one its own undo, which takes back only one's own edits. */
export const ownHistory: Extension = [history(), keymap.of(historyKeymap)]

/** Tab leaves the editor, as everywhere on a page: people at a keyboard must not be trapped in it. */
export function editorExtensions(keys: EditorKeys): Extension {
  return [
    lineNumbers(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    drawSelection(),
    EditorState.allowMultipleSelections.of(true),
    EditorView.lineWrapping,
    indentOnInput(),
    bracketMatching(),
    closeBrackets(),
    autocompletion({ icons: false }),
    highlightSelectionMatches(),
    Prec.high(
      keymap.of([
        {
          key: 'Mod-Enter',
          run: (view) => {
            // Suggestions that are still open would take the Escape that is meant to cancel.
            closeCompletion(view)
            return done(keys.run)
          },
        },
        { key: 'Shift-Alt-f', run: () => done(keys.format) },
      ]),
    ),
    keymap.of([
      ...closeBracketsKeymap,
      ...completionKeymap,
      ...searchKeymap,
      ...defaultKeymap,
      ...lintKeymap,
    ]),
    editorTheme,
  ]
}

function done(run: () => void): boolean {
  run()
  return true
}

/** Marks the place that a database complained about: the word there, or the line's end. */
export function errorMark(state: EditorState, message: string, at: number): TransactionSpec {
  const from = Math.min(Math.max(0, at), state.doc.length)
  const word = state.wordAt(from)
  const line = state.doc.lineAt(from)
  const diagnostic: Diagnostic = {
    from: word?.from ?? from,
    to: word?.to ?? Math.min(from + 1, line.to),
    severity: 'error',
    message,
  }
  return setDiagnostics(state, [diagnostic])
}
