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

  'overview.search': 'Find a host',
  'overview.noneFound': 'No host is like this',
  'overview.showAll': 'Show all hosts',
  'overview.states': 'Hosts by state',
  'overview.wall': 'Wall screen',
  'overview.leaveWall': 'Leave the wall screen',
  'overview.service': 'Reports requests only',
  'hostState.critical': 'critical',
  'hostState.offline': 'offline',
  'hostState.warning': 'warning',
  'hostState.waiting': 'waiting',
  'hostState.ok': 'OK',
  'host.explore': 'Explore history',
  'cores.title': 'CPU per core ({count})',
  'cores.describe':
    'Load of each of {count} cores over the last readings; the numbers beside say what each does now.',
} as const
