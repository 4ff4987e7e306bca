/** Texts about the quality of the connection. */
export const quality = {
  'quality.title': 'Quality of the connection',
  'quality.excellent': 'Excellent',
  'quality.good': 'Good',
  'quality.poor': 'Poor',
  'quality.critical': 'Critical',
  'quality.latency': 'Latency',
  'quality.ms': '{value} ms',
  'quality.lost': 'Lost pings',
  'quality.reconnects': 'Reconnects',
  'quality.uptime': 'Connected for',
  'quality.down': 'not connected',
  'quality.measuring': 'Measuring…',
  'quality.samples': 'The last {count} pings, a mark below for each one lost',
  'quality.polling':
    'WebSocket does not get through, so the numbers are fetched over HTTP every {seconds} s. Live push resumes by itself.',
} as const
