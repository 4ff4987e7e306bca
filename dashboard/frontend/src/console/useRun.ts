import { type RefObject, useCallback, useEffect, useRef } from 'react'
import { useStore } from 'zustand'
import type { Parameter } from '../client/query/api'
import type { QueryExecution } from '../client/query/execution'
import type { ParameterValue, QueryOptions } from '../client/query/messages'
import { useLanguage } from '../i18n'
import type { EditorHandle } from './editor/SqlEditor'
import type { Dialect } from './editor/setup'
import { queryErrorText } from './errors'
import { formatSql } from './format'
import { parameterText, parameterValue } from './parameters'

export interface RunOptions {
  editor: RefObject<EditorHandle | null>
  execution: QueryExecution
  dialect: Dialect
  options: () => QueryOptions
  parameters: readonly Parameter[]
  texts: Record<string, string>
  say: (text: string) => void
}

export interface Run {
  run: () => void
  explain: () => void
  format: () => void
}

/** Runs what is selected, or everything, and shows in the text where the database stumbled. */
export function useRun({ editor, execution, dialect, options, parameters, texts, say }: RunOptions): Run {
  const { t } = useLanguage()
  const start = useRef(0)
  const error = useStore(execution.store, ({ query }) => query.error)
  useEffect(() => {
    if (error?.position === undefined) return
    editor.current?.markError(
      queryErrorText(t, error).detail || error.code,
      start.current + error.position - 1,
    )
  }, [error, editor, t])

  const send = useCallback(
    (prefix: string) => {
      const chosen = editor.current?.chosen()
      if (!chosen || chosen.text.trim() === '') return say(t('console.run.nothing'))
      const values = valuesOf(parameters, texts)
      if (values === null) return say(t('console.run.badParameter'))
      start.current = chosen.offset - prefix.length
      try {
        execution.execute(prefix + chosen.text, {
          ...options(),
          // A plan has no rows worth counting.
          ...(prefix === '' ? {} : { countRows: false }),
          ...(Object.keys(values).length > 0 ? { parameters: values } : {}),
        })
      } catch {
        say(t('console.status.connecting'))
      }
    },
    [editor, execution, options, parameters, texts, say, t],
  )
  const format = useCallback(() => {
    const text = editor.current?.text() ?? ''
    formatSql(text, dialect).then(
      (formatted) => editor.current?.replace(formatted),
      () => say(t('console.format.failed')),
    )
  }, [editor, dialect, say, t])
  return {
    run: useCallback(() => send(''), [send]),
    explain: useCallback(
      () => send(dialect === 'sqlite' ? 'EXPLAIN QUERY PLAN ' : 'EXPLAIN '),
      [send, dialect],
    ),
    format,
  }
}

/** Values by name; null where a field holds no value of its type. */
function valuesOf(
  parameters: readonly Parameter[],
  texts: Record<string, string>,
): Record<string, ParameterValue> | null {
  const values: Record<string, ParameterValue> = {}
  for (const parameter of parameters) {
    const value = parameterValue(parameter.type, texts[parameter.name] ?? parameterText(parameter))
    if (value === undefined) return null
    values[parameter.name] = value
  }
  return values
}
