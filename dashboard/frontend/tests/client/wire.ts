import type { ClientFrame } from '../../src/client/messages'
import type { SocketLike } from '../../src/client/runtime'
import { FakeRuntime } from './fakeRuntime'

export const GREETING = {
  connectionId: 'c',
  serverTime: 1_000_000,
  supportedTypes: ['status', 'stats', 'health', 'config'],
  heartbeatInterval: 30_000,
  heartbeatTimeout: 60_000,
  maxReconnectAttempts: 0,
  protocolVersion: '1.1',
  supportedVersions: ['1.0', '1.1'],
}

type Message = Record<string, unknown> & { id: string }

/** A socket that a test holds the other end of: everything happens at once, without a network. */
export class Wire {
  readonly sent: Message[] = []
  /** Codes with which the client closed sockets. */
  readonly closed: (number | undefined)[] = []
  readonly runtime = new FakeRuntime(() => this.open())
  private socket: SocketLike | null = null

  /** `topics` for `/ws`, `payloads` for the others. */
  constructor(private readonly speaks: 'topics' | 'payloads') {}

  /** The server has let the client in. */
  accept(): void {
    this.tell('connected', GREETING)
  }

  tell(name: string, data: unknown, more: object = {}): void {
    const frame = { id: 's', type: 'system', timestamp: 1_000_000, event: name, data, ...more }
    this.say(JSON.stringify(this.speaks === 'topics' ? frame : { type: name, payload: data, ...more }))
  }

  say(text: string): void {
    this.socket?.onmessage?.({ data: text })
  }

  close(code: number): void {
    this.socket?.onclose?.({ code, reason: '' })
  }

  /** Payloads of all messages of one kind. */
  payloads(name: ClientFrame['action'] | (string & {})): unknown[] {
    const key = this.speaks === 'topics' ? 'action' : 'type'
    return this.sent.filter((message) => message[key] === name).map(({ payload }) => payload)
  }

  private open(): SocketLike {
    this.socket = {
      readyState: 1,
      onopen: null,
      onmessage: null,
      onclose: null,
      onerror: null,
      send: (data) => this.sent.push(JSON.parse(data) as Message),
      close: (code) => this.closed.push(code),
    }
    return this.socket
  }
}
