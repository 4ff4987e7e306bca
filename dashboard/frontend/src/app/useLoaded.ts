import { useCallback, useEffect, useState } from 'react'

export interface Loaded<T> {
  /** Null until the first answer. */
  data: T | null
  error: unknown
  reload: () => void
}

/** Loads when mounted, when `load` changes and when asked. Keep `load` the same with `useCallback`. */
export function useLoaded<T>(load: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const [state, setState] = useState<{ data: T | null; error: unknown }>({ data: null, error: null })
  const [turn, setTurn] = useState(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another `turn` loads again.
  useEffect(() => {
    const abort = new AbortController()
    load(abort.signal).then(
      (data) => {
        if (!abort.signal.aborted) setState({ data, error: null })
      },
      (error: unknown) => {
        if (!abort.signal.aborted) setState((before) => ({ ...before, error }))
      },
    )
    return () => abort.abort()
  }, [load, turn])
  return { ...state, reload: useCallback(() => setTurn((before) => before + 1), []) }
}
