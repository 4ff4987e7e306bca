import { useCallback } from 'react'
import { useStore } from 'zustand'
import type { Cell } from '../query/cells'
import type { Column, Rows } from '../query/rows'
import { QUERY_PATH, useExecution } from './useQueryExecution'

export interface StreamingData {
  /** Rows as they came together: arrays of cells, in the order of `columns`. */
  chunks: readonly (readonly Cell[][])[]
  columns: readonly Column[]
  /** 0 as long as the server does not know it. */
  totalRows: number
  receivedRows: number
  completed: boolean
  error: string | null
}

export interface UseStreamingDataReturn {
  streamingData: StreamingData
  /** All rows so far, in one array. */
  getAllData: () => Cell[][]
  /** 0-100; 0 as long as the total is not known. */
  getProgress: () => number
  /** The rows themselves, which grow in place; `version` in them tells when. */
  rows: Rows
}

/** The rows of the page's query as they arrive. Rendered at once for the first, then at most every 60 ms. */
export function useStreamingData(address: string = QUERY_PATH): UseStreamingDataReturn {
  const { rows, store } = useExecution(address)
  const stream = useStore(store, (state) => state.stream)
  const totalRows = stream.totalRows ?? 0
  return {
    streamingData: {
      chunks: rows.chunks,
      columns: rows.columns,
      totalRows,
      receivedRows: stream.receivedRows,
      completed: stream.completed,
      error: stream.error,
    },
    getAllData: useCallback(() => [...rows.all], [rows]),
    getProgress: useCallback(
      () => (totalRows === 0 ? 0 : (stream.receivedRows / totalRows) * 100),
      [totalRows, stream.receivedRows],
    ),
    rows,
  }
}
