// Runs in the page before the dashboard does. It remembers the live socket, so that readings can be fed to it as if
// they had come over the wire, and times how long a real one takes from the sample to the paint.
(() => {
  const sockets = []
  const Real = window.WebSocket
  window.WebSocket = class extends Real {
    constructor(...args) {
      super(...args)
      if (new URL(this.url).pathname === '/ws') sockets.push(this)
      this.addEventListener('message', heard)
    }
  }
  let sampledAt = null
  const probe = { paints: [], template: null }
  function heard({ data, isTrusted }) {
    if (typeof data !== 'string' || !isTrusted) return
    for (const update of updates(JSON.parse(data))) {
      probe.template = update
      sampledAt = update.timestamp
    }
  }
  function updates(frame) {
    if (frame.event === 'status_update') return [frame.data]
    if (frame.event === 'batch_update') return frame.data.events.filter((e) => e.event === 'status_update').map((e) => e.data)
    return []
  }
  // What a person sees last of a sample: the value beside the network chart, written when that chart is drawn.
  probe.watch = () => {
    const value = document.querySelector('[data-testid=chart-network] .legend-value')
    new MutationObserver(() => {
      const from = sampledAt
      if (from === null) return
      sampledAt = null
      // The frame in which it was written ends before the next begins.
      requestAnimationFrame(() => probe.paints.push(Date.now() - from))
    }).observe(value, { childList: true, characterData: true, subtree: true })
  }
  // A reading at `timestamp` (epoch ms), its values moving.
  probe.feed = (timestamp) => {
    const wave = (period, low, high) => low + ((high - low) * (1 + Math.sin(timestamp / period))) / 2
    const { host, status } = probe.template
    const data = {
      host,
      changes: [],
      timestamp,
      status: {
        ...status,
        timestamp,
        cpuUsage: wave(7_000, 5, 90),
        memoryUsage: wave(20_000, 30, 60),
        load1: wave(31_000, 0.2, 4),
        networkReceived: wave(3_000, 1e5, 4e6),
        networkSent: wave(5_000, 1e5, 2e6),
        diskRead: wave(2_000, 0, 3e6),
        diskWritten: wave(9_000, 0, 5e6),
        temperature: wave(17_000, 40, 70),
        activeConnections: Math.round(wave(11_000, 20, 90)),
      },
    }
    const frame = { id: 'probe', type: 'status', timestamp, event: 'status_update', data }
    sockets.at(-1).dispatchEvent(new MessageEvent('message', { data: JSON.stringify(frame) }))
  }
  // A past of `count` readings up to now, then one every `every` ms. Returns how to stop.
  probe.live = (count, every) => {
    const now = Date.now()
    for (let index = count; index > 0; index -= 1) probe.feed(now - index * every)
    const timer = setInterval(() => probe.feed(Date.now()), every)
    return () => clearInterval(timer)
  }
  // Hours as they pass: readings one second apart, an hour for each turn.
  probe.hours = async (hours) => {
    let at = Date.now()
    for (let hour = 0; hour < hours; hour += 1) {
      for (let second = 0; second < 3_600; second += 1) probe.feed((at += 1_000))
      await new Promise((resolve) => setTimeout(resolve, 30))
    }
  }
  probe.frames = (ms) =>
    new Promise((resolve) => {
      const times = []
      const tick = (at) => {
        times.push(at)
        if (at - times[0] < ms) requestAnimationFrame(tick)
        else resolve(times.slice(1).map((time, index) => time - times[index]))
      }
      requestAnimationFrame(tick)
    })
  window.probe = probe
})()
