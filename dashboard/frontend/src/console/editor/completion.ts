import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete'
import type { SQLNamespace } from '@codemirror/lang-sql'

export interface SchemaColumn {
  name: string
  type: string
  description?: string
}

export interface SchemaView {
  name: string
  description?: string
  columns: readonly SchemaColumn[]
}

/** The schema as CodeMirror's SQL completion wants it: columns after `view.`, views after FROM. */
export function namespaceOf(views: readonly SchemaView[]): SQLNamespace {
  return Object.fromEntries(
    views.map((view) => [
      view.name,
      {
        self: completionOf(view.name, 'type', view.description),
        children: view.columns.map(columnCompletion),
      },
    ]),
  )
}

/** The views that a statement names. */
export function namedViews(sql: string, views: readonly SchemaView[]): SchemaView[] {
  const words = new Set(sql.toLowerCase().match(/[a-z_][a-z0-9_$]*/g) ?? [])
  return views.filter((view) => words.has(view.name.toLowerCase()))
}

/** Columns of the views that the statement names, without a dot before them: what people type after SELECT. */
export function columnSource(views: () => readonly SchemaView[]) {
  return (context: CompletionContext): CompletionResult | null => {
    const word = context.matchBefore(/[A-Za-z_]\w*/)
    if (!word && !context.explicit) return null
    const from = word?.from ?? context.pos
    if (context.state.sliceDoc(from - 1, from) === '.') return null
    const options = namedViews(context.state.doc.toString(), views()).flatMap((view) =>
      view.columns.map((column) => ({ ...columnCompletion(column), boost: 1 })),
    )
    return options.length > 0 ? { from, options, validFor: /^\w*$/ } : null
  }
}

function columnCompletion(column: SchemaColumn): Completion {
  return { ...completionOf(column.name, 'property', column.description), detail: column.type }
}

function completionOf(label: string, type: string, info: string | undefined): Completion {
  return { label, type, ...(info ? { info } : {}) }
}
