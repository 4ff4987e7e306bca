import { Bytes, type Cell, cellText, Decimal } from '../client/query/cells'
import type { Column } from '../client/query/rows'

const SAMPLE = 200
const LEAST_CH = 6
const MOST_CH = 48
/** The space at both sides of a cell. */
const PADDING_CH = 3

/** How wide each column is, in characters of a fixed-width font: its name, or the longest of its first values. */
export function columnWidths(columns: readonly Column[], rows: readonly (readonly Cell[])[]): number[] {
  const head = rows.slice(0, SAMPLE)
  return columns.map(({ name, type }, index) => {
    const title = width(name) + (type === 'unknown' ? 0 : width(type) + 1) + 3
    const longest = head.reduce((most, row) => Math.max(most, width(cellText(row[index]))), title)
    return Math.min(MOST_CH, Math.max(LEAST_CH, longest + PADDING_CH))
  })
}

/** Characters, those of Chinese counting twice. */
function width(text: string): number {
  let count = 0
  for (const letter of text.slice(0, 2 * MOST_CH)) count += (letter.codePointAt(0) as number) > 0x2e7f ? 2 : 1
  return count
}

export function isNumeric(cell: Cell | undefined): boolean {
  return typeof cell === 'number' || typeof cell === 'bigint' || cell instanceof Decimal
}

/** Epoch ms of a cell that is a time: by its column's name and its size. */
export function timeOf(column: Column, cell: Cell | undefined): number | null {
  if (typeof cell !== 'number' || cell < 978_307_200_000 || cell > 4_102_444_800_000) return null
  return /(^|_)(at|time|timestamp|seen|from|to|start|end|started|ended)$/i.test(column.name) ? cell : null
}

export function cellClass(cell: Cell | undefined): string {
  if (cell === null || cell === undefined) return 'cell-null'
  if (cell instanceof Bytes) return 'cell-bytes'
  return isNumeric(cell) ? 'cell-number' : ''
}
