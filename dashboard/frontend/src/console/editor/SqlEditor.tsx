import { EditorState, type Extension } from '@codemirror/state'
import { EditorView } from '@codemirror/view'
import { type RefObject, useEffect, useImperativeHandle, useRef } from 'react'
import {
  type EditorSchema,
  type EditorTexts,
  editorExtensions,
  editorParts,
  errorMark,
  readOnlyExtension,
  schemaExtension,
  textsExtension,
} from './setup'

export interface EditorHandle {
  text(): string
  /** What is selected and where it starts; all of it, from 0, where nothing is selected. */
  chosen(): { text: string; offset: number }
  /** Replaces everything, as one step that can be undone. */
  replace(text: string): void
  insert(text: string): void
  markError(message: string, at: number): void
  focus(): void
}

export interface SqlEditorProps {
  handle: RefObject<EditorHandle | null>
  /** The text to start with; later changes come through the handle, or through `extensions`. */
  initial: string
  schema: EditorSchema
  texts: EditorTexts
  readOnly?: boolean
  /** How it undoes, and what else it is bound to; one value for the editor's whole life. */
  extensions: Extension
  onRun: () => void
  onFormat: () => void
  onChange?: (text: string) => void
}

/**
 * CodeMirror 6 for SQL.
 *
 * It lives in a shadow root: there it adopts its style sheets, while in the document it would write `<style>` elements,
 * which our Content-Security-Policy forbids.
 */
export function SqlEditor(props: SqlEditorProps) {
  const { handle, schema, texts, readOnly = false, extensions } = props
  const host = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView | null>(null)
  const parts = useRef(editorParts()).current
  const latest = useRef(props)
  useEffect(() => {
    latest.current = props
  })

  // biome-ignore lint/correctness/useExhaustiveDependencies: what changes later is reconfigured below.
  useEffect(() => {
    const element = host.current
    if (!element) return
    const root = element.shadowRoot ?? element.attachShadow({ mode: 'open' })
    const made = new EditorView({
      parent: root,
      root,
      state: EditorState.create({
        doc: props.initial,
        extensions: [
          extensions,
          parts.schema.of(schemaExtension(schema)),
          parts.texts.of(textsExtension(texts)),
          parts.readOnly.of(readOnlyExtension(readOnly)),
          editorExtensions({
            run: () => latest.current.onRun(),
            format: () => latest.current.onFormat(),
          }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) latest.current.onChange?.(update.state.doc.toString())
          }),
        ],
      }),
    })
    view.current = made
    return () => {
      view.current = null
      made.destroy()
    }
  }, [extensions])

  useEffect(() => {
    view.current?.dispatch({ effects: parts.schema.reconfigure(schemaExtension(schema)) })
  }, [schema, parts])
  useEffect(() => {
    view.current?.dispatch({ effects: parts.texts.reconfigure(textsExtension(texts)) })
  }, [texts, parts])
  useEffect(() => {
    view.current?.dispatch({ effects: parts.readOnly.reconfigure(readOnlyExtension(readOnly)) })
  }, [readOnly, parts])
  useImperativeHandle(handle, () => handleOf(() => view.current), [])
  return <div ref={host} className="sql-editor" data-testid="sql-editor" />
}

function handleOf(current: () => EditorView | null): EditorHandle {
  return {
    text: () => current()?.state.doc.toString() ?? '',
    chosen() {
      const state = current()?.state
      if (!state) return { text: '', offset: 0 }
      const { from, to, empty } = state.selection.main
      return empty
        ? { text: state.doc.toString(), offset: 0 }
        : { text: state.sliceDoc(from, to), offset: from }
    },
    replace(text) {
      const view = current()
      if (!view || view.state.doc.toString() === text) return
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } })
    },
    insert(text) {
      const view = current()
      view?.dispatch(view.state.replaceSelection(text))
      view?.focus()
    },
    markError(message, at) {
      const view = current()
      view?.dispatch(errorMark(view.state, message, at))
    },
    focus: () => current()?.focus(),
  }
}
