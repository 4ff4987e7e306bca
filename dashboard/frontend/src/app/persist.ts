import { ApiError } from '../client/errors'

const RETRY_MS = 5_000
const RETRIES = 3

function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError'
}

/** Runs `load` now; after a failure again a few times. Anything but an `ApiError` is a bug and is thrown on. */
export async function persist(
  load: () => Promise<void>,
  signal: AbortSignal,
  retryMs = RETRY_MS,
): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await load()
    } catch (error) {
      if (isAbort(error) || signal.aborted) return
      const passing =
        error instanceof ApiError && (error.status === 0 || error.status >= 500 || error.status === 429)
      if (!passing || attempt >= RETRIES) throw error
      await new Promise((resolve) => setTimeout(resolve, retryMs))
      if (signal.aborted) return
    }
  }
}

/**
 * A load that is asked for again and again: the newest call alone counts, those before it are called off. Else a slow
 * answer could come after a newer one, and put back what was.
 *
 * @param outer calls all of them off.
 */
export function renewable(
  outer: AbortSignal,
  load: (signal: AbortSignal) => Promise<void>,
): () => Promise<void> {
  let turn = new AbortController()
  outer.addEventListener('abort', () => turn.abort())
  return () => {
    turn.abort()
    turn = new AbortController()
    const { signal } = turn
    return persist(() => load(signal), signal)
  }
}
