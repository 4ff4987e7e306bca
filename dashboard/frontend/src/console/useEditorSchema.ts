import { useCallback, useMemo } from 'react'
import { type Loaded, useLoaded } from '../app/useLoaded'
import type { Schema } from '../client/query/api'
import type { EditorSchema } from './editor/setup'
import { useLocalText, useQueries } from './useQueries'

const NOTHING: Schema = { dialect: 'sqlite', relations: [], functions: [] }

/** What can be asked of a data source, for the browser of the schema and for the editor's completion. */
export function useEditorSchema(
  source: number | null,
  allowed: boolean,
): Loaded<Schema> & { editor: EditorSchema } {
  const queries = useQueries()
  const local = useLocalText()
  const loaded = useLoaded(
    useCallback(
      (signal: AbortSignal) => (allowed ? queries.schema(source, signal) : Promise.resolve(NOTHING)),
      [queries, source, allowed],
    ),
  )
  const { data } = loaded
  // biome-ignore lint/correctness/useExhaustiveDependencies: `local` only reads the language.
  const editor = useMemo<EditorSchema>(() => {
    const { dialect, relations } = data ?? NOTHING
    const views = relations.map(({ name, description, columns }) => ({
      name,
      description: local(description),
      columns: columns.map((column) => ({ ...column, description: local(column.description) })),
    }))
    return { dialect, views }
  }, [data])
  return { ...loaded, editor }
}
