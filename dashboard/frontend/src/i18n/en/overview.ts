/** Texts of the overview pages. */
export const overview = {
  'card.load': 'Load {one} · {five} · {fifteen}',
  'card.cores': '{count} cores',
  'card.used': '{used} of {total}',
  'card.swap': 'Swap {value}',
  'card.sockets': 'Dashboard sockets {count}',
  'card.network': '↓ {received}  ↑ {sent}',
  'card.since': 'since {time}',
  'card.version': 'Presence {version}',
  'card.delta': 'Change since the last reading: {delta}',

  'charts.title': 'Last 5 minutes',
  'charts.empty': 'No data yet',
  'charts.describe':
    '{name}, last 5 minutes. Now {now}, lowest {min}, highest {max}. Arrow keys move the cursor.',
  'charts.unit.percent': '%',
  'charts.unit.count': 'count',
  'charts.unit.bytes': 'per second',
  'charts.unit.load': 'processes',
  'charts.unit.celsius': '°C',

  'processes.title': 'Top processes',
  'processes.name': 'Name',
  'processes.pid': 'PID',
  'processes.cpu': 'CPU',
  'processes.memory': 'Memory',
  'processes.empty': 'No process list yet',
} as const
