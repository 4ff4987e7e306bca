import { type EndpointMessage, endpointDialect } from './dialect'
import { PresenceError } from './errors'
import { LiveClient, type OwnEvents, type SocketOptions } from './live'
import type { RequestOptions } from './requests'
import { newId } from './runtime'

export type EndpointClientOptions = SocketOptions

/** A message on its way out. */
export interface OutgoingMessage {
  id: string
  type: string
  payload: object
  timestamp: number
}

/** The payload of each message by its type, and beside them the client's own events, which win over them. */
export type EndpointEvents<Events extends object> = Omit<Events, keyof OwnEvents<EndpointMessage>> &
  OwnEvents<EndpointMessage>

export interface SendOptions {
  /** Its id; a message with the id of a waiting one replaces that. */
  id?: string
  /** Keep it while there is no connection, true by default. */
  keep?: boolean
}

/**
 * A live connection to an endpoint that speaks `{type, payload}` both ways; `Events` are its messages by type.
 *
 * It comes back by itself; what the endpoint has to be told then (attach to an execution, what was edited offline) is
 * up to whoever listens for `connected`.
 */
export class EndpointClient<Events extends object = Record<string, unknown>> extends LiveClient<
  EndpointEvents<Events>,
  EndpointMessage,
  OutgoingMessage
> {
  constructor(options: EndpointClientOptions) {
    super(options, options.protocols ?? [], endpointDialect)
  }

  /** Sends a message, or keeps it for the next connection. Returns whether it went out at once. */
  send(type: string, payload: object = {}, { id, keep = true }: SendOptions = {}): boolean {
    const message = this.message(type, payload, id)
    return keep ? this.sendOrKeep(message) : this.sendNow(message)
  }

  /**
   * Sends a message and waits for the first that carries its id.
   *
   * Rejects with a `PresenceError`: the endpoint's own, `DISCONNECTED` without a connection, or `TIMEOUT`.
   */
  request(type: string, payload: object = {}, options: RequestOptions = {}): Promise<EndpointMessage> {
    return this.ask(this.message(type, payload), options)
  }

  protected override beat(): void {
    this.sendNow(this.message('ping', {}))
  }

  protected override received(message: EndpointMessage): void {
    const { type, payload, id } = message
    this.tell('message', message)
    if (type === 'error') {
      const error = errorOf(payload)
      this.requests.reject(id, error)
      this.tell('error', error)
    } else {
      this.requests.resolve(id, message)
      this.dispatch(type, payload)
    }
  }

  private message(type: string, payload: object, id: string = newId()): OutgoingMessage {
    return { id, type, payload, timestamp: this.runtime.now() }
  }
}

function errorOf(payload: unknown): PresenceError {
  const { code, message, details } = payload as {
    code?: string
    message?: string
    details?: Record<string, unknown>
  }
  return new PresenceError(code ?? 'INTERNAL_ERROR', message ?? '', details)
}
