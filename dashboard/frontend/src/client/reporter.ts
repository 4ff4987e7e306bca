import type { PresenceClient } from './client'
import { EndpointClient } from './endpoint'
import type { ClientMetrics } from './protocol'
import { qualityMonitor } from './quality'
import { newId } from './runtime'

/** ms before the first report: a page that is left at once tells nothing. */
const FIRST_MS = 15_000
/** ms between two reports. */
const EVERY_MS = 60_000

/**
 * Tells the server now and then how a connection does, over `/ws/monitoring` beside it: that is what the rule about
 * reconnects and the metrics for Prometheus are fed with.
 *
 * @param url address of the monitoring endpoint.
 * @returns how to stop.
 */
export function reportQuality(client: PresenceClient, url: string): () => void {
  const { runtime, options } = client
  const { token } = options
  const endpoint = new EndpointClient({ url, runtime, ...(token === undefined ? {} : { token }) })
  const name = newId()
  const letGo = qualityMonitor(client).hold()
  let timer: unknown = null
  const report = () => {
    timer = runtime.setTimer(report, EVERY_MS)
    if (client.snapshot.state !== 'connected') return
    endpoint.connect()
    // Figures that wait would be wrong when they leave: the next ones are as good.
    endpoint.send('client_metrics', metricsOf(client, name), { keep: false })
  }
  const stop = endpoint.on('connected', () => {
    endpoint.send('client_metrics', metricsOf(client, name), { keep: false })
  })
  timer = runtime.setTimer(report, FIRST_MS)
  return () => {
    runtime.clearTimer(timer)
    stop()
    letGo()
    endpoint.disconnect()
  }
}

function metricsOf(client: PresenceClient, name: string): ClientMetrics {
  const { figures } = client
  const { latency, packetsLost, stability, samples } = qualityMonitor(client).quality
  return {
    client: name,
    connectionTime: figures.connectionTime,
    messagesSent: figures.messagesSent,
    messagesReceived: figures.messagesReceived,
    bytesTransferred: figures.bytesSent + figures.bytesReceived,
    reconnections: figures.reconnections,
    errors: figures.errors,
    latency,
    packetsLost: samples.length > 0 ? packetsLost : null,
    uptime: figures.connectedAt === null ? 0 : client.runtime.now() - figures.connectedAt,
    quality: samples.length > 0 ? stability : null,
  }
}
