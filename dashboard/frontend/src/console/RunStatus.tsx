import { useEffect, useState } from 'react'
import { useNow } from '../app/useNow'
import type { QueryState, StreamState } from '../client/query/execution'
import { Icon } from '../components/Icon'
import { useLanguage } from '../i18n'
import { queryErrorText } from './errors'

export interface RunStatusProps {
  query: QueryState
  stream: StreamState
  online: boolean
}

/** One line: what the query does, how many rows there are, and how long it took. */
export function RunStatus({ query, stream, online }: RunStatusProps) {
  const { t, format } = useLanguage()
  const elapsed = useElapsed(query)
  const state = stateOf(query)
  const rows = query.result?.rows ?? Math.max(query.rows, stream.receivedRows)
  return (
    <div className={`run-status run-${state}`} data-testid="run-status" data-state={state}>
      <span className="run-step" role="status">
        {state === 'running' && <Icon name="spinner" className="icon-spin" />}
        {state === 'completed' && <Icon name="check" />}
        {state === 'failed' && <Icon name="critical" />}
        <StepText query={query} online={online} />
      </span>
      {state !== 'idle' && state !== 'failed' && (
        <span data-testid="run-rows">
          {query.executing && stream.totalRows !== null
            ? t('console.status.rowsOf', {
                count: format.number(rows),
                total: format.number(stream.totalRows),
              })
            : t('console.status.rows', { count: format.number(rows) })}
        </span>
      )}
      {elapsed !== null && <span>{elapsedText(elapsed, format.number.bind(format), t)}</span>}
      {query.executing && query.progress !== null && (
        <>
          <progress max={100} value={query.progress} aria-label={t('console.status.progress')} />
          <span>{format.percent(query.progress, 0)}</span>
        </>
      )}
      {query.result && query.result.truncated !== false && (
        <span className="run-cut">{t(`console.status.cut.${query.result.truncated}`)}</span>
      )}
    </div>
  )
}

function StepText({ query, online }: { query: QueryState; online: boolean }) {
  const { t, format } = useLanguage()
  if (query.executing && !online) return t('console.status.offline')
  if (query.error) return <QueryErrorText query={query} />
  if (query.cancelled)
    return t(`console.cancelled.${query.cancelled.reason}`, { name: query.cancelled.by ?? '' })
  if (query.currentStep === '') return online ? t('console.status.ready') : t('console.status.connecting')
  if (query.currentStep === 'queued' && query.position !== null)
    return t('console.status.queuedAt', { position: format.number(query.position) })
  if (query.currentStep === 'failed' || query.currentStep === 'cancelled') return null
  return t(`console.step.${query.currentStep}`)
}

function QueryErrorText({ query }: { query: QueryState }) {
  const { t } = useLanguage()
  if (!query.error) return null
  const { title, detail } = queryErrorText(t, query.error)
  return (
    <span role="alert" data-testid="query-error">
      <strong>{title}</strong> {detail}
    </span>
  )
}

type State = 'idle' | 'running' | 'completed' | 'failed' | 'cancelled'

function stateOf({ executing, error, cancelled, result }: QueryState): State {
  if (executing) return 'running'
  if (error) return 'failed'
  if (cancelled) return 'cancelled'
  return result ? 'completed' : 'idle'
}

/** ms: the server's figure once it is there, until then our own clock. */
function useElapsed({ executing, result }: QueryState): number | null {
  const [since, setSince] = useState<number | null>(null)
  useEffect(() => {
    if (executing) setSince(Date.now())
  }, [executing])
  const now = useNow(100, executing)
  if (result) return result.elapsedMs
  return executing && since !== null ? Math.max(0, now - since) : null
}

type Translate = ReturnType<typeof useLanguage>['t']

export function elapsedText(
  ms: number,
  number: (value: number, digits?: number) => string,
  t: Translate,
): string {
  if (ms < 1_000) return t('console.status.ms', { value: number(ms) })
  return t('console.status.seconds', { value: number(ms / 1_000, ms < 10_000 ? 2 : 1) })
}
