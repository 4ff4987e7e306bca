import { useEffect, useId, useMemo, useRef, useState } from 'react'
import { useStore } from 'zustand'
import { themeStore } from '../app/theme'
import { useRootScale } from '../app/useRootScale'
import type { Rows } from '../client/query/rows'
import { useLanguage } from '../i18n'
import {
  type ChartChoice,
  type ChartKind,
  chartPicture,
  columnKind,
  MOST_BARS,
  suggestChart,
} from './chartable'
import { drawChart } from './drawChart'

const KINDS: readonly ChartKind[] = ['line', 'bar']
const MOST_SERIES: Record<ChartKind, number> = { line: 4, bar: 2 }

export interface ResultChartProps {
  rows: Rows
  version: number
}

/** A result as a picture: what most people would draw at once, and the few choices to change it. */
export function ResultChart({ rows, version }: ResultChartProps) {
  const { t } = useLanguage()
  const { columns, all } = rows
  const [chosen, setChosen] = useState<ChartChoice | null>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: `all` grows in place; `version` tells when.
  const suggested = useMemo(() => suggestChart(columns, all), [columns, all, version])
  // biome-ignore lint/correctness/useExhaustiveDependencies: another result asks for another chart.
  useEffect(() => setChosen(null), [columns.map(({ name }) => name).join('\n')])
  const choice = chosen ?? suggested
  if (!choice) return <p className="result-empty">{t('console.chart.none')}</p>
  const change = (next: Partial<ChartChoice>) => {
    const merged = { ...choice, ...next }
    setChosen({ ...merged, y: merged.y.slice(-MOST_SERIES[merged.kind]) })
  }
  return (
    <div className="chart-of-result">
      <Choices rows={rows} choice={choice} onChange={change} />
      <Picture rows={rows} version={version} choice={choice} />
    </div>
  )
}

interface ChoicesProps {
  rows: Rows
  choice: ChartChoice
  onChange: (next: Partial<ChartChoice>) => void
}

function Choices({ rows, choice, onChange }: ChoicesProps) {
  const { t } = useLanguage()
  const id = useId()
  const numbers = rows.columns.flatMap((column, index) =>
    index !== choice.x && ['number', 'time'].includes(columnKind(rows.all, index)) ? [{ column, index }] : [],
  )
  const toggle = (index: number) => {
    const without = choice.y.filter((one) => one !== index)
    const y = without.length === choice.y.length ? [...choice.y, index] : without
    if (y.length > 0) onChange({ y })
  }
  return (
    <div className="chart-choices">
      <fieldset className="segments">
        <legend className="sr-only">{t('console.chart.kind')}</legend>
        {KINDS.map((kind) => (
          <label key={kind}>
            <input
              type="radio"
              name={`${id}-kind`}
              checked={choice.kind === kind}
              onChange={() => onChange({ kind })}
            />
            <span>{t(`console.chart.${kind}`)}</span>
          </label>
        ))}
      </fieldset>
      <label className="choice">
        {t('console.chart.x')}
        <select
          value={choice.x}
          onChange={(event) => {
            const x = Number(event.target.value)
            const y = choice.y.filter((index) => index !== x)
            onChange({ x, y: y.length > 0 ? y : [choice.x] })
          }}
        >
          {rows.columns.map(({ name }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two columns may have one name.
            <option key={index} value={index}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <fieldset className="chart-series">
        <legend className="sr-only">{t('console.chart.y')}</legend>
        {numbers.map(({ column, index }) => (
          <label key={index} className="check">
            <input type="checkbox" checked={choice.y.includes(index)} onChange={() => toggle(index)} />
            {column.name}
          </label>
        ))}
      </fieldset>
    </div>
  )
}

function Picture({ rows, version, choice }: { rows: Rows; version: number; choice: ChartChoice }) {
  const { t, format } = useLanguage()
  const canvas = useRef<HTMLDivElement>(null)
  const theme = useStore(themeStore, (state) => state.version)
  const scale = useRootScale()
  // biome-ignore lint/correctness/useExhaustiveDependencies: `rows` grows in place; `version` tells when.
  const picture = useMemo(() => chartPicture(rows.all, choice), [rows, version, choice])
  const names = [choice.x, ...choice.y].map((index) => rows.columns[index]?.name ?? '')
  const key = names.join('\n')
  // biome-ignore lint/correctness/useExhaustiveDependencies: `theme` and `scale` change what is read from CSS.
  useEffect(() => {
    const root = canvas.current
    if (!root) return
    return drawChart(root, {
      picture,
      names: key.split('\n'),
      number: (value) => shortNumber(format.locale, value),
      time: (at) => format.dateTime(at),
      locale: format.locale,
    })
  }, [picture, key, format, theme, scale])
  return (
    <>
      {picture.cut && (
        <p className="result-note">{t('console.chart.cut', { count: format.number(shownOf(choice)) })}</p>
      )}
      <div
        ref={canvas}
        className="result-canvas"
        role="img"
        data-testid="result-chart"
        data-points={picture.data[0]?.length ?? 0}
        aria-label={t('console.chart.describe', {
          y: names.slice(1).join(', '),
          x: names[0] ?? '',
          count: format.number(picture.data[0]?.length ?? 0),
        })}
      />
    </>
  )
}

function shownOf({ kind }: ChartChoice): number {
  return kind === 'bar' ? MOST_BARS : 20_000
}

function shortNumber(locale: string, value: number | null): string {
  if (value === null || value === undefined) return '–'
  return new Intl.NumberFormat(locale, { maximumSignificantDigits: 6, notation: notationOf(value) }).format(
    value,
  )
}

function notationOf(value: number): 'compact' | 'standard' {
  return Math.abs(value) >= 1e6 ? 'compact' : 'standard'
}
