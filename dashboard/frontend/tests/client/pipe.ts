import { EndpointClient } from '../../src/client/endpoint'
import { Wire } from './wire'

interface Sent {
  type: string
  id: string
  payload: Record<string, unknown>
}

/** An endpoint over a wire, and what its server says. */
export class Pipe<Events extends object> {
  readonly wire = new Wire('payloads')
  readonly runtime = this.wire.runtime
  readonly endpoint = new EndpointClient<Events>({ url: 'ws://pipe/', runtime: this.runtime })

  get sent(): Sent[] {
    return this.wire.sent as unknown as Sent[]
  }

  connect(): void {
    this.endpoint.connect()
    this.wire.accept()
  }

  /** The connection dies, and the next attempt succeeds. */
  cut(): void {
    this.lose()
    this.connect()
  }

  lose(): void {
    this.wire.close(1006)
  }

  say<E extends keyof Events & string>(type: E, payload: Events[E]): void {
    this.wire.tell(type, payload)
  }

  refuse(id: string, code: string): void {
    this.wire.tell('error', { code, message: code, details: { replyTo: id } }, { id })
  }

  last(type: string): Sent {
    const found = this.sent.findLast((message) => message.type === type)
    if (!found) throw new Error(`no ${type} was sent`)
    return found
  }
}
