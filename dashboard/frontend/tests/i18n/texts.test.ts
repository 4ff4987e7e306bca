import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import '../../src/i18n/areas/overview'
import { en, type MessageKey } from '../../src/i18n/en'
import { preferredLocale, translator } from '../../src/i18n/translate'
import { zh } from '../../src/i18n/zh'

const keys = Object.keys(en) as MessageKey[]
const placeholders = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([name]) => name).sort()

/** Names and units that are the same in every language. */
const SAME = new Set<MessageKey>([
  'alerts.announce',
  'app.name',
  'metric.cpuUsage',
  'series.cpuUsage',
  'component.cpu',
  'processes.cpu',
  'processes.pid',
  'card.network',
  'card.version',
  'charts.unit.percent',
  'charts.unit.celsius',
  'series.p50',
  'series.p95',
  'series.p99',
])

function sources(folder = 'src'): [path: string, text: string][] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry): [string, string][] => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return sources(path)
    return /\.tsx?$/.test(entry.name) ? [[path, readFileSync(path, 'utf8')]] : []
  })
}

describe('Chinese', () => {
  test('has every text and no other', () => {
    expect(Object.keys(zh).sort()).toEqual([...keys].sort())
  })

  test('has the same values in each text', () => {
    const different = keys.filter((key) => `${placeholders(en[key])}` !== `${placeholders(zh[key])}`)
    expect(different).toEqual([])
  })

  test('is Chinese', () => {
    // The name of the other language is written in that language.
    const untranslated = keys.filter(
      (key) => !SAME.has(key) && key !== 'nav.switchLanguage' && !/\p{Script=Han}/u.test(zh[key]),
    )
    expect(untranslated).toEqual([])
  })

  test('names the states of the connection as the requirements do', () => {
    const states = ['connected', 'reconnecting', 'disconnected', 'connecting'] as const
    expect(states.map((state) => zh[`connection.${state}`])).toEqual(['已连接', '重连中', '已断开', '连接中'])
  })
})

describe('the sources', () => {
  const files = sources().filter(([path]) => !/i18n.(en|zh).\w+\.ts$/.test(path))
  const all = files.map(([, text]) => text).join('\n')

  test('use every text', () => {
    // Keys are written out, or their last part is a value: `level.${level}`.
    const used = (key: string) =>
      all.includes(`'${key}'`) || all.includes(`\`${key.slice(0, key.lastIndexOf('.') + 1)}\${`)
    expect(keys.filter((key) => !used(key))).toEqual([])
  })

  test('have no text of their own on the page', () => {
    const own = files
      .filter(([path]) => path.endsWith('.tsx'))
      .flatMap(([path, text]) =>
        [
          ...text.matchAll(/>\s*([\p{L}][^<>{}=;()]*)\s*<\//gu),
          ...text.matchAll(/\b(?:aria-label|title|placeholder|alt)="([^"]*\p{L}[^"]*)"/gu),
        ]
          .filter(([, found]) => !Object.hasOwn(en, found ?? ''))
          .map(([, found]) => `${path}: ${found}`),
      )
    expect(own).toEqual([])
  })
})

test('values are put in where the text wants them', () => {
  expect(translator('en')('card.used', { used: '1 GiB', total: '2 GiB' })).toBe('1 GiB of 2 GiB')
  expect(translator('zh-Hans')('connection.retryIn', { seconds: 3 })).toBe('3 秒后重试')
})

test('the language is the chosen one, else the first of the browser that there is, else English', () => {
  expect(preferredLocale('zh-Hans', ['en-US'])).toBe('zh-Hans')
  expect(preferredLocale(null, ['fr', 'zh-TW', 'en'])).toBe('zh-Hans')
  expect(preferredLocale('klingon', ['de', 'en-GB', 'zh'])).toBe('en')
  expect(preferredLocale(null, ['de'])).toBe('en')
})
