// A client of version 1.0 as anybody would write one: no subprotocol, a queue while offline, a ping, a growing delay.
// It leaves its notes in `window.notes`; messages are exactly those that the first version of the protocol describes.
window.notes = { events: [], states: [], attempts: [], errors: [], pongs: 0 }

window.PlainClient = class {
  constructor(url, { reconnectInterval = 300, maxReconnectAttempts = 50, heartbeatInterval = 300, types = [] } = {}) {
    Object.assign(this, { url, reconnectInterval, maxReconnectAttempts, heartbeatInterval, types })
    this.waiting = []
    this.attempts = 0
    this.enter('disconnected')
  }

  enter(state) {
    this.state = state
    window.notes.states.push(state)
  }

  connect() {
    if (this.state === 'connected' || this.state === 'connecting') return
    this.enter('connecting')
    this.socket = new WebSocket(this.url)
    this.socket.onopen = () => {
      this.enter('connected')
      this.attempts = 0
      this.beat = setInterval(() => this.ask('system', 'ping'), this.heartbeatInterval)
      for (const message of this.waiting.splice(0)) this.send(message)
      this.ask('config', 'subscribe', { types: this.types })
    }
    this.socket.onclose = () => {
      clearInterval(this.beat)
      if (this.finished) return this.enter('disconnected')
      this.again()
    }
    this.socket.onmessage = (event) => {
      const message = JSON.parse(event.data)
      if (message.event === 'pong') window.notes.pongs += 1
      else if (message.event === 'error') window.notes.errors.push(message)
      else window.notes.events.push(message)
    }
  }

  again() {
    if (this.attempts >= this.maxReconnectAttempts) return this.enter('disconnected')
    this.attempts += 1
    this.enter('reconnecting')
    window.notes.attempts.push(this.attempts)
    const delay = Math.min(this.reconnectInterval * 1.5 ** (this.attempts - 1), 30_000)
    setTimeout(() => this.connect(), delay)
  }

  ask(type, action, payload) {
    const message = { id: crypto.randomUUID(), type, timestamp: Date.now(), direction: 'client-to-server', action }
    this.send(payload ? { ...message, payload } : message)
  }

  send(message) {
    if (this.state === 'connected' && this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message))
    else this.waiting.push(message)
  }

  disconnect() {
    this.finished = true
    this.socket.close(1000, 'Client disconnect')
  }
}
