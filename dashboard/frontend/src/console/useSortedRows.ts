import { useEffect, useState } from 'react'
import type { Cell } from '../client/query/cells'
import type { Rows } from '../client/query/rows'
import { type Direction, rowComparison, sortInSlices } from './sort'

export interface Sort {
  column: number
  direction: Direction
}

export interface SortedRows {
  at(index: number): Cell[] | undefined
  sort: Sort | null
  /** True while a sort is under way. */
  sorting: boolean
  /** Ascending, then descending, then as the rows came. */
  toggle(column: number): void
}

const pause = () => new Promise<void>((resolve) => setTimeout(resolve, 0))

/**
 * The rows in the order people asked for.
 *
 * Rows that arrive later stand at the end until the stream is complete; then everything is sorted anew.
 */
export function useSortedRows(rows: Rows, version: number, completed: boolean): SortedRows {
  const [sort, setSort] = useState<Sort | null>(null)
  const [order, setOrder] = useState<Uint32Array | null>(null)
  const [sorting, setSorting] = useState(false)
  const stream = completed ? version : 0

  // biome-ignore lint/correctness/useExhaustiveDependencies: `stream` says that `rows`, which grow in place, are complete.
  useEffect(() => {
    if (!sort) {
      setOrder(null)
      return
    }
    const abort = new AbortController()
    setSorting(true)
    const compare = rowComparison(rows.all, sort.column, sort.direction)
    sortInSlices(rows.length, compare, { now: () => performance.now(), pause, signal: abort.signal }).then(
      (sorted) => {
        if (abort.signal.aborted) return
        setOrder(sorted)
        setSorting(false)
      },
    )
    return () => {
      abort.abort()
      setSorting(false)
    }
  }, [rows, sort, stream])

  return {
    at: (index) => rows.all[order && index < order.length ? (order[index] as number) : index],
    sort,
    sorting,
    toggle: (column) =>
      setSort((before) => {
        if (before?.column !== column) return { column, direction: 'ascending' }
        return before.direction === 'ascending' ? { column, direction: 'descending' } : null
      }),
  }
}
