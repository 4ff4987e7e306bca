import { createStore, type StoreApi } from 'zustand/vanilla'
import type { Span } from './range'

/** What the charts show while a gesture goes on: all follow it at once, without a render. */
export type View = StoreApi<Span>

export function createView(span: Span): View {
  return createStore<Span>(() => span)
}
