import { describe, expect, test } from 'vitest'
import { byName, filterFleet, fleetOf, wallColumns } from '../../src/app/fleet'
import { alert } from '../samples'

const host = (name: string, lastSeen: number | null = 100_000) => ({
  name,
  lastSeen,
  online: true,
  version: '1',
})
const states = (...input: Parameters<typeof fleetOf>) =>
  fleetOf(...input).map(({ name, state }) => `${name} ${state}`)
const quiet = { newest: new Map<string, number>(), alerts: [], now: 101_000 }

describe('the fleet', () => {
  test('stands worst first, then by name', () => {
    const alerts = [alert(1, { host: 'b', level: 'critical' }), alert(2, { host: 'c' })]
    const hosts = ['a10', 'a9', 'b', 'c'].map((name) => host(name))
    expect(states({ ...quiet, hosts: [...hosts, host('d', 0)], alerts })).toEqual([
      'b critical',
      'd offline',
      'c warning',
      'a9 ok',
      'a10 ok',
    ])
  })

  test('knows a host by its readings alone, and by its listing alone', () => {
    const newest = new Map([['new', 100_500]])
    expect(states({ ...quiet, hosts: [host('old', null)], newest })).toEqual(['old waiting', 'new ok'])
  })

  test('takes the later of what was listed and what was read', () => {
    const hosts = [host('a', 10)]
    expect(states({ ...quiet, hosts, newest: new Map([['a', 100_900]]) })).toEqual(['a ok'])
  })

  test('a recovered alert, or a notice, makes nothing worse', () => {
    const alerts = [alert(1, { state: 'recovered' }), alert(2, { level: 'info' })]
    expect(states({ ...quiet, hosts: [host('a')], alerts })).toEqual(['a ok'])
  })

  test('has no card for the installation itself, which has alerts but no readings', () => {
    const hosts = [
      { ...host('Presence'), kind: 'service' as const },
      { ...host('shop'), kind: 'service' as const },
    ]
    expect(states({ ...quiet, hosts })).toEqual(['shop ok'])
  })

  test('is filtered by words and by state', () => {
    const fleet = fleetOf({ ...quiet, hosts: [host('db-eu-1'), host('db-us-1'), host('web-eu')] })
    expect(filterFleet(fleet, 'EU db', null).map(({ name }) => name)).toEqual(['db-eu-1'])
    expect(filterFleet(fleet, '', 'critical')).toEqual([])
    expect([...fleet].sort(byName)).toHaveLength(3)
  })
})

test('a wall has as many columns as make its cards largest', () => {
  expect(wallColumns(1, 3840, 2160)).toBe(1)
  expect(wallColumns(4, 3840, 2160)).toBe(2)
  expect(wallColumns(100, 3840, 2160)).toBe(10)
  expect(wallColumns(0, 100, 100)).toBe(1)
})
