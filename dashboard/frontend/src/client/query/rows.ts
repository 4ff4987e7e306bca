import type { ResultColumn } from '../protocol'
import { type Cell, decodeRow, type WireRow } from './cells'

/** Its type is `unknown` where the database does not say, as SQLite does not for expressions. */
export type Column = ResultColumn

/** Rows as they arrive. One array grows in place, so that 100,000 rows cost no copy per chunk. */
export class Rows {
  columns: readonly Column[] = []
  /** Null where the server does not know it. */
  total: number | null = null
  readonly all: Cell[][] = []
  /** The same rows as they came together. */
  readonly chunks: Cell[][][] = []
  /** Sequence number of the last chunk, 0 before the first. */
  lastSeq = 0
  /** Grows with every change. */
  version = 0

  get length(): number {
    return this.all.length
  }

  start(columns: readonly Column[], total: number | null): void {
    this.columns = columns
    this.total = total
    this.all.length = 0
    this.chunks.length = 0
    this.lastSeq = 0
    this.version += 1
  }

  /**
   * Adds a chunk.
   *
   * @returns false for a chunk that is here already, as it may come again after a reconnect.
   */
  push(seq: number, data: readonly WireRow[]): boolean {
    if (seq <= this.lastSeq) return false
    this.lastSeq = seq
    const chunk = data.map(decodeRow)
    this.chunks.push(chunk)
    for (const row of chunk) this.all.push(row)
    this.version += 1
    return true
  }
}
