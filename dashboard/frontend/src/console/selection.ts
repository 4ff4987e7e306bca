export interface Place {
  row: number
  column: number
}

/** From where to where people selected; either end may be the upper one. */
export interface Selection {
  anchor: Place
  focus: Place
}

export interface Area {
  top: number
  bottom: number
  left: number
  right: number
  has(row: number, column: number): boolean
}

export function selectionOf({ anchor, focus }: Selection): Area {
  const top = Math.min(anchor.row, focus.row)
  const bottom = Math.max(anchor.row, focus.row)
  const left = Math.min(anchor.column, focus.column)
  const right = Math.max(anchor.column, focus.column)
  const has = (row: number, column: number) =>
    row >= top && row <= bottom && column >= left && column <= right
  return { top, bottom, left, right, has }
}

interface Keys {
  key: string
  ctrlKey: boolean
  metaKey: boolean
}

interface Size {
  rows: number
  columns: number
  /** Rows that a page key moves by. */
  page: number
}

/** Where a key leads in a grid, as the ARIA practices have it; null for a key that moves nothing. */
export function moved(
  from: Place | null,
  { key, ctrlKey, metaKey }: Keys,
  { rows, columns, page }: Size,
): Place | null {
  if (rows === 0 || columns === 0) return null
  const start = { row: 0, column: 0 }
  const { row, column } = from ?? start
  const far = ctrlKey || metaKey
  const to: Record<string, Place> = {
    ArrowUp: { row: far ? 0 : row - 1, column },
    ArrowDown: { row: far ? rows - 1 : row + 1, column },
    ArrowLeft: { row, column: far ? 0 : column - 1 },
    ArrowRight: { row, column: far ? columns - 1 : column + 1 },
    PageUp: { row: row - page, column },
    PageDown: { row: row + page, column },
    Home: { row: far ? 0 : row, column: 0 },
    End: { row: far ? rows - 1 : row, column: columns - 1 },
  }
  const next = to[key]
  if (!next) return null
  if (!from) return start
  return {
    row: Math.min(rows - 1, Math.max(0, next.row)),
    column: Math.min(columns - 1, Math.max(0, next.column)),
  }
}
