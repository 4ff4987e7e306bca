import { EndpointClient } from '../../src/client/endpoint'
import type { SocketLike } from '../../src/client/runtime'
import { FakeRuntime } from './fakeRuntime'

interface Sent {
  type: string
  id: string
  payload: Record<string, unknown>
}

/** An endpoint over a socket that a test holds the other end of; everything happens at once, without a network. */
export class Pipe<Events extends object> {
  readonly sent: Sent[] = []
  readonly runtime = new FakeRuntime(() => this.open())
  readonly endpoint = new EndpointClient<Events>({ url: 'ws://pipe/', runtime: this.runtime })
  private socket: SocketLike | null = null

  connect(): void {
    this.endpoint.connect()
    this.opened()
  }

  /** The connection dies, and the next attempt succeeds. */
  cut(): void {
    this.lose()
    this.restore()
  }

  lose(): void {
    this.socket?.onclose?.({ code: 1006, reason: '' })
  }

  restore(): void {
    this.endpoint.connect()
    this.opened()
  }

  say<E extends keyof Events & string>(type: E, payload: Events[E]): void {
    this.tell(type, payload)
  }

  refuse(id: string, code: string): void {
    this.tell('error', { code, message: code, details: { replyTo: id } }, id)
  }

  last(type: string): Sent {
    const found = this.sent.findLast((message) => message.type === type)
    if (!found) throw new Error(`no ${type} was sent`)
    return found
  }

  private tell(type: string, payload: unknown, id?: string): void {
    this.socket?.onmessage?.({ data: JSON.stringify({ type, payload, id }) })
  }

  private opened(): void {
    this.socket?.onopen?.({} as never)
  }

  private open(): SocketLike {
    this.socket = {
      readyState: 1,
      onopen: null,
      onmessage: null,
      onclose: null,
      onerror: null,
      send: (data) => this.sent.push(JSON.parse(data) as Sent),
      close: () => undefined,
    }
    return this.socket
  }
}
