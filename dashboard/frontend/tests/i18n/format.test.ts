import { describe, expect, test } from 'vitest'
import { Formatter } from '../../src/i18n/format'

const en = new Formatter('en', 'UTC')
const zh = new Formatter('zh-Hans', 'UTC')

test('numbers keep their digits', () => {
  expect([en.number(5, 1), en.percent(99.95), en.number(12_345)]).toEqual(['5.0', '100.0%', '12,345'])
  expect([en.number(null), en.percent(undefined), en.bytes(Number.NaN)]).toEqual(['–', '–', '–'])
  expect([en.signed(0.04), en.signed(-2.25), en.signed(3, 0)]).toEqual(['0.0', '-2.3', '+3'])
})

test('sizes have three digits or so', () => {
  const sizes = [0, 999, 1_024, 1_536, 10_240, 1_022_976, 32 * 2 ** 30, 2 ** 55]
  const texts = ['0 B', '999 B', '1.00 KiB', '1.50 KiB', '10.0 KiB', '999 KiB', '32.0 GiB', '32.0 PiB']
  expect(sizes.map((size) => en.bytes(size))).toEqual(texts)
  expect(en.rate(2_048)).toBe('2.00 KiB/s')
})

describe('lengths of time', () => {
  test('show their two largest units', () => {
    const lengths = [0, 59, 60, 3_725, 90_000, 86_400 * 101 + 7_300]
    expect(lengths.map((seconds) => en.duration(seconds))).toEqual([
      '0s',
      '59s',
      '1m',
      '1h 2m',
      '1d 1h',
      '101d 2h',
    ])
    expect(zh.duration(3_725)).toBe('1 时 2 分')
  })

  test('a big display keeps the second unit though it is zero', () => {
    expect(en.durationParts(3_600).map(({ number, unit }) => number + unit)).toEqual(['1h', '0m'])
  })
})

test('the past is told in the language of the page', () => {
  expect([12_000, 90_000, 7_200_000].map((ms) => zh.ago(ms))).toEqual(['12秒前', '1分钟前', '2小时前'])
  expect(en.ago(12_400)).toBe('12 sec. ago')
  expect(en.ago(-500)).toBe('0 sec. ago')
})

test('clock times have 24 hours and seconds', () => {
  expect(en.time(Date.UTC(2026, 0, 2, 0, 3, 4))).toBe('00:03:04')
  expect(zh.time(Date.UTC(2026, 0, 2, 15, 3, 4))).toBe('15:03:04')
})
