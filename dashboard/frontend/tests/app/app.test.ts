import { describe, expect, test } from 'vitest'
import { alertText, componentUnit } from '../../src/app/alertText'
import { errorText } from '../../src/app/errorText'
import { chooseHost } from '../../src/app/useHost'
import { ApiError } from '../../src/client/errors'
import { Formatter } from '../../src/i18n/format'
import { translator } from '../../src/i18n/translate'
import { alert } from '../samples'

const t = translator('en')
const say = (more: Parameters<typeof alert>[1]) => alertText(t, new Formatter('en'), alert(1, more))

describe('the text of an alert', () => {
  test('is built from what it is about', () => {
    expect(say({})).toBe('CPU at 80%, above 70%')
    expect(say({ component: 'query_time', currentValue: 142.4, threshold: 100 })).toBe(
      'Query time at 142 ms, above 100 ms',
    )
    expect(say({ component: 'process_memory', currentValue: 2.25, threshold: 2 })).toBe(
      'Process memory at 2.25 GB, above 2 GB',
    )
    expect(say({ currentValue: 3, threshold: 5 })).toBe('CPU at 3%, below 5%')
  })

  test('tells of the recovery', () => {
    expect(say({ state: 'recovered', currentValue: 42.5 })).toBe('CPU back to normal, at 42.5%')
  })

  test('a host is there or not', () => {
    expect(say({ component: 'host' })).toBe('Host does not report')
    expect(say({ component: 'host', state: 'recovered' })).toBe('Host reports again')
  })

  test('is the own words of a notice, and of what this version does not know', () => {
    expect(say({ level: 'info' })).toBe('written by the server')
    expect(say({ level: 'info', message: '' })).toBe('Maintenance')
    expect(say({ component: 'database' })).toBe('written by the server')
  })
})

test('thresholds are entered in the unit of what they judge', () => {
  expect(['cpu', 'query_time', 'process_memory', 'host', 'load'].map(componentUnit)).toEqual([
    '%',
    'ms',
    'GB',
    's',
    '',
  ])
})

test('errors are told in the language of the page', () => {
  expect(errorText(t, new ApiError(400, 'INVALID_CREDENTIALS', 'x'))).toBe('User name or password is wrong.')
  expect(errorText(t, new ApiError(429, 'RATE_LIMITED', 'x', {}, 12.2))).toBe(
    'Too many attempts. Try again in 13 s.',
  )
  expect(errorText(t, new ApiError(0, 'NETWORK', 'x'))).toContain('cannot be reached')
  expect(errorText(t, new ApiError(500, 'HTTP_500', 'x'))).toContain('HTTP_500')
})

test('the host is the one asked for, else the own one, else the first machine', () => {
  expect(chooseHost('c', 'a', ['a', 'b'])).toBe('c')
  expect(chooseHost(null, 'a', ['a', 'b'])).toBe('a')
  expect(chooseHost(null, 'x', ['a', 'b'])).toBe('a')
  expect(chooseHost(null, 'x', [])).toBe('x')
  expect(chooseHost(null, 'x', ['Presence', 'b'])).toBe('b')
})
