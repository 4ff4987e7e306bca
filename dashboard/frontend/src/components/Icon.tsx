/** Line icons on a 16-unit grid. Always beside a text or on a labelled button, so hidden from readers. */
const PATHS = {
  pulse: 'M1.5 8.5h3l2-5 3 9 2-4h3',
  check: 'M3 8.5l3.2 3.2L13 5',
  warning: 'M8 2.5L14.5 13.5h-13zM8 6.5v3.2M8 11.7v.1',
  critical: 'M5.2 1.5h5.6l3.7 3.7v5.6l-3.7 3.7H5.2l-3.7-3.7V5.2zM8 4.8v4M8 11.2v.1',
  info: 'M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 0 0 0-13zM8 7.3v3.9M8 4.8v.1',
  offline: 'M2 2l12 12M5.3 10.7a4 4 0 0 1 4-1M3 8a7 7 0 0 1 3-1.8M8.8 5.5A7 7 0 0 1 13 8M8 13.3v.1',
  spinner: 'M8 1.8a6.2 6.2 0 1 1-6.2 6.2',
  dot: 'M8 4.8a3.2 3.2 0 1 0 0 6.4a3.2 3.2 0 0 0 0-6.4z',
  ring: 'M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 0 0 0-11z',
  system: 'M1.8 2.8h12.4v8.4H1.8zM5.5 13.8h5M8 11.2v2.6',
  light:
    'M8 5a3 3 0 1 0 0 6a3 3 0 0 0 0-6zM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1.1 1.1M11.9 11.9L13 13M3 13l1.1-1.1M11.9 4.1L13 3',
  dark: 'M13.5 9.8A6 6 0 0 1 6.2 2.5a6 6 0 1 0 7.3 7.3z',
  user: 'M8 8a2.8 2.8 0 1 0 0-5.6A2.8 2.8 0 0 0 8 8zM2.5 14a5.5 5.5 0 0 1 11 0',
  chevron: 'M4 6l4 4 4-4',
  host: 'M2 2.5h12v4.5H2zM2 9h12v4.5H2zM4.5 4.750h.1M4.5 11.250h.1',
  close: 'M3.5 3.5l9 9M12.5 3.5l-9 9',
  wall: 'M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4',
  calendar: 'M2 3.5h12v10.5H2zM2 6.8h12M5 2v3M11 2v3',
  back: 'M9.5 3L4.5 8l5 5',
  forward: 'M6.5 3l5 5-5 5',
  download: 'M8 2v8M4.8 7.2L8 10.4l3.2-3.2M2.5 13.5h11',
  plus: 'M8 3v10M3 8h10',
  mute: 'M8 2a4 4 0 0 0-4 4c0 3.5-1.5 4.5-1.5 5.5h11c0-1-1.5-2-1.5-5.5a4 4 0 0 0-4-4zM6.5 13.8h3M2 2l12 12',
  overview: 'M2 2.5h5v5H2zM9 2.5h5v5H9zM2 9.5h5v4H2zM9 9.5h5v4H9z',
  explore: 'M2 2v12h12M4.5 10.5l2.5-3.5 2.5 2 3.5-5',
  bell: 'M8 2a4 4 0 0 0-4 4c0 3.5-1.5 4.5-1.5 5.5h11c0-1-1.5-2-1.5-5.5a4 4 0 0 0-4-4zM6.5 13.8h3',
  console: 'M1.8 2.8h12.4v10.4H1.8zM4.5 6l2.2 2-2.2 2M8.5 10.5h3',
  sessions:
    'M6 7.5a2.5 2.5 0 1 0 0-5a2.5 2.5 0 0 0 0 5zM1.5 13.5a4.5 4.5 0 0 1 9 0M10.5 2.8a2.5 2.5 0 0 1 0 4.5M12 9.5a4.5 4.5 0 0 1 2.5 4',
  settings: 'M2 4.5h7M12 4.5h2M9 2.8v3.4M2 11.5h2M7 11.5h7M7 9.8v3.4',
  play: 'M4.5 2.8l8 5.2-8 5.2z',
  stop: 'M3.8 3.8h8.4v8.4H3.8z',
  copy: 'M5.5 5.5h8v8h-8zM10.500 5.500v-3h-8v8h3',
  share:
    'M11.500 5.500a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM4.500 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM11.500 14.500a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM6.300 7.100l3.400-2.200M6.300 8.900l3.400 2.200',
  format: 'M2 3.500h12M2 6.500h7M2 9.500h12M2 12.500h7',
  plan: 'M3 2.500h4v3H3zM9 8h4v3H9zM5 5.500v4h4',
  search: 'M7 2.500a4.500 4.500 0 1 0 0 9a4.500 4.500 0 0 0 0-9zM10.300 10.300l3.500 3.500',
  save: 'M2.500 2.500h9l2 2v9h-11zM5 2.500v4h5v-4M5 13.500v-4h6v4',
  send: 'M2 8l12-5.500-4.500 11.500-2.500-4.500zM7 9.500l3-3',
  edit: 'M2.500 13.500v-2.500l8-8 2.500 2.500-8 8z',
  trash: 'M3 4.500h10M6 4.500v-2h4v2M4.500 4.500l.5 9h6l.5-9',
  link: 'M6.500 9.500l3-3M7 4.500l1.800-1.800a3.200 3.200 0 0 1 4.500 4.500L11.500 9M9 11.500l-1.800 1.800a3.200 3.200 0 0 1-4.500-4.500L4.500 7',
  clock: 'M8 1.500a6.500 6.500 0 1 0 0 13a6.500 6.500 0 0 0 0-13zM8 4.500v3.800l2.500 1.500',
  table: 'M2 2.500h12v11H2zM2 6h12M2 9.700h12M7 2.500v11',
  archive: 'M1.800 2.500h12.400v3H1.800zM3 5.500v8h10v-8M6.300 8h3.400',
  invite:
    'M6.500 8a2.700 2.700 0 1 0 0-5.400A2.700 2.700 0 0 0 6.500 8zM1.500 13.800a5 5 0 0 1 9-3M12.500 9.500v4.500M10.200 11.700h4.600',
  sidebar: 'M2 2.500h12v11H2zM6 2.500v11',
} as const

export type IconName = keyof typeof PATHS

export function Icon({ name, className = '' }: { name: IconName; className?: string }) {
  return (
    <svg className={`icon ${className}`} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} className={name === 'dot' ? 'icon-solid' : undefined} />
    </svg>
  )
}
