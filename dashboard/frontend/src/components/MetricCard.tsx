import type { ReactNode } from 'react'
import { useLanguage } from '../i18n'
import type { Quantity } from '../i18n/format'
import type { PlainKey } from '../i18n/translate'
import { Level, type LevelName } from './Level'

export interface MetricCardProps {
  /** Also the name under which tests find the card. */
  id: 'cpuUsage' | 'memoryUsage' | 'diskUsage' | 'activeConnections' | 'uptime'
  title: PlainKey
  level: LevelName
  /** The big value, null while there is none. */
  value: readonly Quantity[] | null
  /** Change since the reading before, null where that says nothing. */
  delta?: { text: string; sign: number } | null
  details: readonly (string | null)[]
  visual?: ReactNode
}

/** One number that matters, how it stands and what is around it. Every part keeps its place, known or not. */
export function MetricCard({ id, title, level, value, delta, details, visual }: MetricCardProps) {
  const { t } = useLanguage()
  const shown = details.filter((detail) => detail !== null)
  return (
    <section className={`card card-${level}`} data-testid={`card-${id}`} aria-label={t(title)}>
      <div className="card-head">
        <h2 className="card-title">{t(title)}</h2>
        {value ? <Level level={level} /> : <span className="skeleton skeleton-chip" />}
      </div>
      <div className="card-main">
        <span className="card-number" data-testid={`card-${id}-value`}>
          {value ? (
            <Value parts={value} split={id === 'uptime'} />
          ) : (
            <span className="skeleton skeleton-number" />
          )}
        </span>
        {value && id !== 'uptime' && <span className="card-unit">{value[0]?.unit}</span>}
        {delta && (
          <span className="card-delta" title={t('card.delta', { delta: delta.text })}>
            <span aria-hidden="true">{delta.sign > 0 ? '▲' : delta.sign < 0 ? '▼' : ''}</span>
            {delta.text}
          </span>
        )}
      </div>
      {visual && <div className="card-visual">{visual}</div>}
      <ul className="card-details">
        {value ? (
          shown.map((detail) => <li key={detail}>{detail}</li>)
        ) : (
          <li>
            <span className="skeleton skeleton-line" />
          </li>
        )}
      </ul>
    </section>
  )
}

function Value({ parts, split }: { parts: readonly Quantity[]; split: boolean }) {
  if (!split) return parts[0]?.number
  return parts.map(({ number, unit }) => (
    <span key={unit} className="card-part">
      {number}
      <small>{unit}</small>
    </span>
  ))
}
