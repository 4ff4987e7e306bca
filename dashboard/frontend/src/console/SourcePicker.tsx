import { useCallback } from 'react'
import { useLoaded } from '../app/useLoaded'
import type { DataSource } from '../client/query/api'
import { useLanguage } from '../i18n'
import { useQueries } from './useQueries'

export interface SourcePickerProps {
  source: number | null
  canRun: boolean
  onSource: (id: number | null) => void
}

/** Which database is asked; only where there is more than the built-in history. */
export function SourcePicker({ source, canRun, onSource }: SourcePickerProps) {
  const { t } = useLanguage()
  const queries = useQueries()
  const sources = useLoaded(
    useCallback(
      (signal: AbortSignal) => (canRun ? queries.sources(signal) : Promise.resolve<DataSource[]>([])),
      [queries, canRun],
    ),
  )
  const list = sources.data ?? []
  if (list.length < 2) return null
  return (
    <label className="choice source-picker">
      <span className="sr-only">{t('console.source')}</span>
      <select
        value={source ?? ''}
        onChange={(event) => onSource(event.target.value === '' ? null : Number(event.target.value))}
      >
        {list.map(({ id, name, builtIn, available, reason }) => (
          <option key={id ?? 0} value={id ?? ''} disabled={!available} title={reason}>
            {builtIn ? t('console.source.history') : name}
          </option>
        ))}
      </select>
    </label>
  )
}
