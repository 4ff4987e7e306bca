import { PresenceError } from './errors'
import type { Runtime } from './runtime'

export interface RequestOptions {
  /** ms to wait for the answer, 10 s by default. */
  timeout?: number
  /** Ends the wait; the promise rejects with the signal's reason. */
  signal?: AbortSignal
}

interface Waiting<Answer> {
  resolve: (answer: Answer) => void
  reject: (error: unknown) => void
}

/** Answers on their way, by the id of the message that asked. */
export class Requests<Answer> {
  private readonly waiting = new Map<string, Waiting<Answer>>()

  constructor(private readonly runtime: Runtime) {}

  get pending(): number {
    return this.waiting.size
  }

  /** Rejects with `PresenceError` `TIMEOUT` or `DISCONNECTED`, with what the server answered, or as `signal` says. */
  wait(id: string, { timeout = 10_000, signal }: RequestOptions = {}): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => {
      const forget = () => {
        this.waiting.delete(id)
        this.runtime.clearTimer(timer)
        signal?.removeEventListener('abort', aborted)
      }
      const aborted = () => this.reject(id, signal?.reason)
      const timer = this.runtime.setTimer(
        () => this.reject(id, new PresenceError('TIMEOUT', `no answer within ${timeout} ms`)),
        timeout,
      )
      this.waiting.set(id, {
        resolve: (answer) => {
          forget()
          resolve(answer)
        },
        reject: (error) => {
          forget()
          reject(error)
        },
      })
      if (signal?.aborted) aborted()
      else signal?.addEventListener('abort', aborted)
    })
  }

  /** Returns whether somebody waited for it. */
  resolve(id: string | undefined, answer: Answer): boolean {
    const waiting = id === undefined ? undefined : this.waiting.get(id)
    waiting?.resolve(answer)
    return waiting !== undefined
  }

  reject(id: string | undefined, error: unknown): boolean {
    const waiting = id === undefined ? undefined : this.waiting.get(id)
    waiting?.reject(error)
    return waiting !== undefined
  }

  /** No answer will come any more. */
  disconnected(): void {
    for (const { reject } of [...this.waiting.values()]) {
      reject(new PresenceError('DISCONNECTED', 'the connection ended before the answer came'))
    }
  }
}
