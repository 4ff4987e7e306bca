import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import type { ClientFrame, FrameMetadata } from '../../src/client/messages'
import { GREETING } from './wire'

export interface FakeServerOptions {
  /** Send `connected` by itself, true by default. */
  greet?: boolean
  /** `{type, payload}` rather than topics. */
  payloads?: boolean
}

/** A server that speaks the real protocol over real sockets, and does what a test tells it. */
export class FakeServer {
  /** Everything that clients sent, oldest first. */
  readonly received: ClientFrame[] = []
  /** Sockets that were accepted so far. */
  accepted = 0
  greet: boolean
  /** Answer what clients ask, true by default. */
  answering = true
  private readonly sockets = new Set<WebSocket>()
  private readonly waiting = new Set<() => void>()
  private serial = 0
  private readonly payloadsOnly: boolean

  private constructor(
    private readonly server: WebSocketServer,
    options: FakeServerOptions,
  ) {
    this.payloadsOnly = options.payloads ?? false
    this.greet = options.greet ?? true
    server.on('connection', (socket) => this.accept(socket))
  }

  static async start(options: FakeServerOptions = {}, port = 0): Promise<FakeServer> {
    const server = new WebSocketServer({ port, host: '127.0.0.1' })
    const fake = new FakeServer(server, options)
    await new Promise((resolve) => server.once('listening', resolve))
    return fake
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}/ws`
  }

  /** Payloads of one action, oldest first. */
  payloads(action: ClientFrame['action']): unknown[] {
    return this.received.filter((frame) => frame.action === action).map((frame) => frame.payload)
  }

  /** Sends an event to all. */
  send(type: string, event: string, data: unknown, metadata?: FrameMetadata): void {
    this.serial += 1
    const frame = { id: `s-${this.serial}`, type, timestamp: 1_000_000, event, data, metadata }
    for (const socket of this.sockets) socket.send(JSON.stringify(frame))
  }

  sendText(text: string): void {
    for (const socket of this.sockets) socket.send(text)
  }

  /** Closes all sockets, with the announcement that the real server makes. */
  close(code: number, announcement?: { reconnect: boolean; retryAfterMs?: number | null }): void {
    if (announcement)
      this.send('system', 'disconnected', { code, reason: 'test', retryAfterMs: null, ...announcement })
    for (const socket of this.sockets) socket.close(code)
  }

  /** Cuts all connections without a word. */
  cut(): void {
    for (const socket of this.sockets) socket.terminate()
  }

  /** Resolves as soon as `condition` holds: it is looked at whenever something happened. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.waiting.add(resolve))
  }

  /** To be called when something outside of the server happened. */
  readonly happened = (): void => {
    for (const resume of [...this.waiting]) {
      this.waiting.delete(resume)
      resume()
    }
  }

  async stop(): Promise<void> {
    this.cut()
    await new Promise((resolve) => this.server.close(resolve))
  }

  private accept(socket: WebSocket): void {
    this.accepted += 1
    this.sockets.add(socket)
    socket.on('close', () => {
      this.sockets.delete(socket)
      this.happened()
    })
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data)) as ClientFrame
      this.received.push(frame)
      this.answer(frame)
      this.happened()
    })
    if (this.greet) this.hello()
    this.happened()
  }

  hello(): void {
    if (this.payloadsOnly) this.sendText(JSON.stringify({ type: 'connected', payload: GREETING }))
    else this.send('system', 'connected', { ...GREETING, protocolVersion: '1.0', supportedVersions: ['1.0'] })
  }

  private answer({ id, action, payload }: ClientFrame): void {
    if (!this.answering) return
    const metadata = { replyTo: id }
    if (action === 'ping') this.send('system', 'pong', { timestamp: 1_000_000 }, metadata)
    if (action === 'get_history') {
      const { type } = payload as { type: string }
      this.send('system', 'history_data', { type, data: [1, 2] }, metadata)
    }
    if (action !== 'subscribe') return
    const { types } = payload as { types: string[] }
    this.send('config', 'subscribed', { subscribed: types, timestamp: 1_000_000 }, metadata)
    for (const type of types) this.send('system', 'history_data', { type, data: [] }, metadata)
  }
}
