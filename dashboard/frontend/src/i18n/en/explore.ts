/** Texts of the explore pages. */
export const explore = {
  'explore.range': 'Range',
  'explore.preset.5m': '5 m',
  'explore.preset.15m': '15 m',
  'explore.preset.1h': '1 h',
  'explore.preset.6h': '6 h',
  'explore.preset.24h': '24 h',
  'explore.preset.7d': '7 d',
  'explore.preset.30d': '30 d',
  'explore.calendar': 'Dates',
  'explore.from': 'From',
  'explore.to': 'To',
  'explore.show': 'Show',
  'explore.now': 'now',
  'explore.zoomOut': 'Zoom out',
  'explore.compare': 'Compare with the period before',
  'explore.before': 'Before',
  'explore.export': 'Export',
  'explore.describe':
    '{name} over the chosen range: average, and the band between least and most. Arrow keys move the cursor, Shift and arrows the range, plus and minus zoom.',
  'explore.failed': 'The history could not be loaded',
  'explore.old': 'Shown is the last answer.',
  'explore.processesAt': 'Top processes at {time}',
  'explore.noProcesses': 'No process list is kept of that time.',
  'explore.close': 'Close',
  'explore.hint':
    'Drag over a chart to zoom in, double-click to zoom out. Scroll sideways (or with Shift) to move, with Ctrl to zoom. Click for the processes of that moment.',
} as const
