import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

const css = readFileSync('src/styles/tokens.css', 'utf8')

function tokens(selector: string): Map<string, string> {
  const block = css.slice(css.indexOf(`${selector} {`)).split('}')[0] ?? ''
  return new Map(
    [...block.matchAll(/--([\w-]+): (#[\da-f]{6})/g)].map(([, name = '', hex = '']) => [name, hex]),
  )
}

/** Relative luminance, WCAG 2.2. */
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((value) => (value <= 0.040_45 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(a: string, b: string): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y)
  return (light + 0.05) / (dark + 0.05)
}

const TEXTS: [text: string, ...surfaces: string[]][] = [
  ['text', 'background', 'surface', 'surface-raised', 'surface-sunken'],
  ['text-muted', 'background', 'surface', 'surface-raised', 'surface-sunken'],
  ['accent-text', 'accent'],
  ['accent', 'accent-tint', 'surface'],
  ...['keyword', 'string', 'number', 'type'].map((part): [string, ...string[]] => [
    `code-${part}`,
    'surface',
  ]),
  ...['ok', 'warning', 'critical', 'info'].map((level): [string, ...string[]] => [
    level,
    'surface',
    `${level}-tint`,
  ]),
]
const LINES: [line: string, ...surfaces: string[]][] = [
  ['series-1', 'surface'],
  ['series-2', 'surface'],
  ['series-3', 'surface'],
  ['series-4', 'surface'],
  ['border-strong', 'background', 'surface'],
  ['focus', 'background', 'surface'],
]

describe.each([':root', ':root[data-theme="dark"]'])('%s', (selector) => {
  const colours = tokens(selector)
  const pairs = (list: typeof TEXTS) =>
    list.flatMap(([front, ...backs]) => backs.map((back) => [front, back] as const))
  const ratio = (front: string, back: string) =>
    contrast(colours.get(front) as string, colours.get(back) as string)

  test.each(pairs(TEXTS))('%s can be read on %s', (text, surface) => {
    expect(ratio(text, surface)).toBeGreaterThanOrEqual(4.5)
  })

  test.each(pairs(LINES))('%s can be seen on %s', (line, surface) => {
    expect(ratio(line, surface)).toBeGreaterThanOrEqual(3)
  })
})
