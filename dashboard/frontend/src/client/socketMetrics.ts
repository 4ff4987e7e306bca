/** What a page may report of its connection; counters go on over reconnects. */
export interface SocketFigures {
  /** ms from opening the last socket to its greeting; 0 before the first. */
  connectionTime: number
  messagesSent: number
  messagesReceived: number
  /** Characters of the messages, which is bytes where they are ASCII. */
  bytesSent: number
  bytesReceived: number
  /** How often a lost connection was made again. */
  reconnections: number
  errors: number
  /** Epoch ms since when the connection stands, null while it does not. */
  connectedAt: number | null
}

/** Counts what goes over the sockets of one connection. */
export class SocketMetrics {
  readonly figures: SocketFigures = {
    connectionTime: 0,
    messagesSent: 0,
    messagesReceived: 0,
    bytesSent: 0,
    bytesReceived: 0,
    reconnections: 0,
    errors: 0,
    connectedAt: null,
  }
  private openedAt = 0

  constructor(private readonly now: () => number) {}

  opening(): void {
    this.openedAt = this.now()
  }

  established(again: boolean): void {
    const now = this.now()
    this.figures.connectionTime = now - this.openedAt
    this.figures.connectedAt = now
    if (again) this.figures.reconnections += 1
  }

  /** Returns for how many ms the connection stood that has ended; 0 where none did. */
  ended(): number {
    const { connectedAt } = this.figures
    this.figures.connectedAt = null
    return connectedAt === null ? 0 : this.now() - connectedAt
  }

  sent(length: number): void {
    this.figures.messagesSent += 1
    this.figures.bytesSent += length
  }

  received(text: unknown): void {
    this.figures.messagesReceived += 1
    if (typeof text === 'string') this.figures.bytesReceived += text.length
  }

  failed(): void {
    this.figures.errors += 1
  }
}
