import { Bytes, type Cell, cellText } from '../client/query/cells'
import type { Column } from '../client/query/rows'

export type CopyFormat = 'tsv' | 'csv'

/** What a cell is in a file or on the clipboard: NULL is empty, bytes are whole. */
function plain(cell: Cell | undefined): string {
  if (cell === null || cell === undefined) return ''
  return cell instanceof Bytes ? cell.base64 : cellText(cell)
}

function quoted(text: string, special: RegExp): string {
  return special.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

const CSV_SPECIAL = /[",\r\n]/
const TSV_SPECIAL = /["\t\r\n]/

/** One cell as RFC 4180 wants it; an empty text is `""`, so that it differs from NULL. */
export function csvCell(cell: Cell | undefined): string {
  return cell === '' ? '""' : quoted(plain(cell), CSV_SPECIAL)
}

/** One cell as spreadsheets paste it. */
export function tsvCell(cell: Cell | undefined): string {
  return quoted(plain(cell), TSV_SPECIAL)
}

/** Columns and rows as one text, the names of the columns first. */
export function tableText(
  columns: readonly Column[],
  rows: Iterable<readonly Cell[]>,
  format: CopyFormat,
): string {
  const [write, separator, end] =
    format === 'csv' ? ([csvCell, ',', '\r\n'] as const) : ([tsvCell, '\t', '\n'] as const)
  const lines = [columns.map(({ name }) => write(name)).join(separator)]
  for (const row of rows) lines.push(columns.map((_, index) => write(row[index])).join(separator))
  return lines.join(end) + end
}
