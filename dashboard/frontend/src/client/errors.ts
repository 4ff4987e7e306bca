import type { DisconnectedData, ErrorCode } from './protocol'

/** Codes that the client itself adds to those of the server. */
export type ClientErrorCode =
  | ErrorCode
  | 'SOCKET_ERROR'
  | 'GAVE_UP'
  /** The answer to a request did not come in time. */
  | 'TIMEOUT'
  /** There is no connection over which an answer could come. */
  | 'DISCONNECTED'
  /** The page could not say which token to use. */
  | 'NO_TOKEN'

/** What went wrong on a connection. It never ends the connection by itself: the state tells whether it lives. */
export class PresenceError extends Error {
  override readonly name = 'PresenceError'

  constructor(
    /** Endpoints of a domain have codes of their own. */
    readonly code: ClientErrorCode | (string & {}),
    message: string,
    readonly details: Record<string, unknown> = {},
  ) {
    super(message)
  }
}

/** A refused or failed HTTP request. `status` is 0 and `code` `NETWORK` when no answer came at all. */
export class ApiError extends Error {
  override readonly name = 'ApiError'

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    /** Messages by field of the form. */
    readonly details: Record<string, string[]> = {},
    /** Seconds after which to try again, where the server said so. */
    readonly retryAfter: number | null = null,
  ) {
    super(message)
  }
}

export const CLOSE = {
  NORMAL: 1000,
  ABNORMAL: 1006,
  POLICY: 1008,
  HEARTBEAT_TIMEOUT: 3008,
  NOT_SIGNED_IN: 4001,
  NOT_ALLOWED: 4003,
} as const

/**
 * Whether a close is for good: 4xxx and 1008 always; otherwise what the server announced, and without a word from it
 * only 1000, the orderly end.
 */
export function isFinalClose(code: number, announced: DisconnectedData | null): boolean {
  if (code >= 4000 || code === CLOSE.POLICY) return true
  if (announced) return !announced.reconnect
  return code === CLOSE.NORMAL
}
