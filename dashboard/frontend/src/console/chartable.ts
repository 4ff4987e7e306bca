import { type Cell, Decimal } from '../client/query/cells'
import type { Column } from '../client/query/rows'

export type ChartKind = 'line' | 'bar'

export interface ChartChoice {
  kind: ChartKind
  /** Index of the column along the x axis. */
  x: number
  /** Indices of the columns that are drawn. */
  y: readonly number[]
}

export interface ChartPicture {
  kind: ChartKind
  /** True where x is epoch seconds, as uPlot wants them. */
  time: boolean
  /** Names along the x axis, null where x is a number or a time. */
  labels: readonly string[] | null
  /** x, then each series; null where nothing is known. */
  data: (number | null)[][]
  /** True when only the first rows are drawn. */
  cut: boolean
}

type Rows = readonly (readonly Cell[])[]

export const MOST_BARS = 200
export const MOST_POINTS = 20_000
const SAMPLE = 200
const MS_2001 = 978_307_200_000
const MS_2100 = 4_102_444_800_000
const DATE = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/
const CLOCK = /^\d{1,2}(:\d{2}){0,2}$/

type Kind = 'time' | 'number' | 'text' | 'empty'

/** What a column holds, judged by its first rows. */
export function columnKind(rows: Rows, column: number): Kind {
  const kinds = new Set<Kind>()
  for (const row of rows.slice(0, SAMPLE)) {
    const cell = row[column] ?? null
    if (cell !== null) kinds.add(cellKind(cell))
  }
  if (kinds.size === 0) return 'empty'
  return kinds.size === 1 ? ([...kinds][0] as Kind) : 'text'
}

function cellKind(cell: Cell): Kind {
  if (typeof cell === 'number')
    return cell >= MS_2001 && cell < MS_2100 && Number.isInteger(cell) ? 'time' : 'number'
  if (typeof cell === 'bigint' || cell instanceof Decimal) return 'number'
  return typeof cell === 'string' && DATE.test(cell) ? 'time' : 'text'
}

/**
 * The chart that most people would draw: numbers over the first time, else as bars over the first text.
 *
 * @returns null when nothing in the result is a number.
 */
export function suggestChart(columns: readonly Column[], rows: Rows): ChartChoice | null {
  const kinds = columns.map((_, index) => columnKind(rows, index))
  const time = kinds.indexOf('time')
  const text = kinds.indexOf('text')
  const x = time >= 0 ? time : text >= 0 ? text : 0
  const numbers = kinds.flatMap((kind, index) => (kind === 'number' && index !== x ? [index] : []))
  if (numbers.length === 0) return null
  return { kind: time >= 0 || kinds[x] === 'number' ? 'line' : 'bar', x, y: numbers.slice(0, 4) }
}

/** What uPlot draws for a choice. A line over time or numbers is put in the order of x; bars keep the order of the rows. */
export function chartPicture(rows: Rows, { kind, x, y }: ChartChoice): ChartPicture {
  const xKind = columnKind(rows, x)
  const most = kind === 'bar' ? MOST_BARS : MOST_POINTS
  const cut = rows.length > most
  const shown = cut ? rows.slice(0, most) : rows
  if (kind === 'bar' || xKind === 'text' || xKind === 'empty') {
    const labels = shown.map((row) => label(row[x] ?? null, xKind))
    return { kind, time: false, labels, cut, data: [shown.map((_, index) => index), ...series(shown, y)] }
  }
  const place = (row: readonly Cell[]) =>
    xKind === 'time' ? seconds(row[x] ?? null) : numeric(row[x] ?? null)
  const placed = shown.filter((row) => place(row) !== null)
  const sorted = placed.sort((a, b) => (place(a) as number) - (place(b) as number))
  return { kind, time: xKind === 'time', labels: null, cut, data: [sorted.map(place), ...series(sorted, y)] }
}

function series(rows: Rows, columns: readonly number[]): (number | null)[][] {
  return columns.map((column) => rows.map((row) => numeric(row[column] ?? null)))
}

function numeric(cell: Cell): number | null {
  const value = typeof cell === 'bigint' || cell instanceof Decimal ? Number(cell) : cell
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

/** Epoch seconds of a time in ms or in ISO 8601; a text without a zone is UTC, as the databases write it. */
function seconds(cell: Cell): number | null {
  if (typeof cell === 'number') return cell / 1_000
  if (typeof cell !== 'string') return null
  const zoned =
    /(Z|[+-]\d{2}:?\d{2})$/.test(cell) || !cell.includes(':') ? cell : `${cell.replace(' ', 'T')}Z`
  const at = Date.parse(zoned)
  return Number.isNaN(at) ? null : at / 1_000
}

function label(cell: Cell, kind: Kind): string {
  if (cell === null) return 'NULL'
  if (kind === 'time' && typeof cell === 'number')
    return new Date(cell).toISOString().slice(0, 19).replace('T', ' ')
  return typeof cell === 'string' && CLOCK.test(cell) ? cell : String(cell)
}
