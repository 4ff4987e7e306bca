/** Bytes as they came: a blob, or a text whose bytes are not UTF-8. */
export class Bytes {
  constructor(
    /** Standard base64. */
    readonly base64: string,
    readonly kind: 'blob' | 'text',
  ) {}

  /** How many bytes these are. */
  get length(): number {
    const padding = this.base64.endsWith('==') ? 2 : this.base64.endsWith('=') ? 1 : 0
    return (this.base64.length / 4) * 3 - padding
  }

  /** The first `most` bytes in hexadecimal, as SQL writes them. */
  hex(most = 32): string {
    const head = atob(this.base64.slice(0, Math.ceil(most / 3) * 4))
    return Array.from(head, (letter) => letter.charCodeAt(0).toString(16).padStart(2, '0'))
      .slice(0, most)
      .join('')
  }
}

/** A decimal number with all its digits, as PostgreSQL's numeric has them. */
export class Decimal {
  constructor(readonly text: string) {}

  toString(): string {
    return this.text
  }
}

/** A value of a result, exact: an integer that a double cannot hold is a bigint. */
export type Cell = null | boolean | number | bigint | string | Bytes | Decimal

/** A row as it came over the wire: what JSON cannot say exactly is an object with one tag. */
export type WireRow = readonly unknown[]

/**
 * The exact value of one cell.
 *
 * An object is a tag: `{i}` an integer beyond 2^53, `{n}` a decimal, `{f}` a number that is not finite, `{b}` a blob and
 * `{x}` a text that is not UTF-8, both in base64. Anything else that is an object is shown as JSON.
 */
export function decodeCell(value: unknown): Cell {
  if (typeof value !== 'object' || value === null) return value as Cell
  const tag = value as { i?: unknown; n?: unknown; f?: unknown; b?: unknown; x?: unknown }
  if (typeof tag.i === 'string') return BigInt(tag.i)
  if (typeof tag.n === 'string') return new Decimal(tag.n)
  if (typeof tag.f === 'string') return Number(tag.f)
  if (typeof tag.b === 'string') return new Bytes(tag.b, 'blob')
  if (typeof tag.x === 'string') return new Bytes(tag.x, 'text')
  return JSON.stringify(value)
}

/** Decodes a row in place where a cell needs it: nearly none does, and then the row is kept as it is. */
export function decodeRow(row: WireRow): Cell[] {
  const cells = row as unknown[]
  for (let index = 0; index < cells.length; index += 1) {
    const value = cells[index]
    if (typeof value === 'object' && value !== null) cells[index] = decodeCell(value)
  }
  return cells as Cell[]
}

/** What a cell says; `NULL` for nothing, which is not the text "NULL" and is shown apart. */
export function cellText(cell: Cell | undefined): string {
  if (cell === null || cell === undefined) return 'NULL'
  if (cell instanceof Bytes) return `x'${cell.hex()}${cell.length > 32 ? '…' : ''}'`
  return String(cell)
}
