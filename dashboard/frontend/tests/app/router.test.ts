import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { matchRoute, pathOf } from '../../src/app/router'

describe('an address', () => {
  test.each([
    ['/', { page: 'overview' }],
    ['/explore', { page: 'explore' }],
    ['/alerts/', { page: 'alerts' }],
    ['/hosts/db-1', { page: 'host', host: 'db-1' }],
    ['/hosts/a%2Fb%20c', { page: 'host', host: 'a/b c' }],
    ['/sessions/7f', { page: 'session', session: '7f' }],
    ['/embed/db-1', { page: 'embed', host: 'db-1' }],
    ['/hosts/', { page: 'notFound' }],
    ['/hosts/%E0%A4%A', { page: 'notFound' }],
    ['/constructor', { page: 'notFound' }],
    ['/nothing/here', { page: 'notFound' }],
  ])('%s is its page', (path, route) => {
    expect(matchRoute(path)).toEqual(route)
  })

  test('of a page leads back to the page', () => {
    for (const host of ['a', 'a/b', '数据库', 'x?y#z', '100%'])
      expect(matchRoute(pathOf({ page: 'host', host }))).toEqual({ page: 'host', host })
    expect(matchRoute(pathOf({ page: 'overview' }))).toEqual({ page: 'overview' })
  })

  test('is one that the server knows', () => {
    const urls = readFileSync('../urls.py', 'utf8')
    for (const page of ['explore', 'alerts', 'console', 'sessions', 'join', 'settings', 'public'] as const) {
      expect(urls).toContain(`"${pathOf({ page }).slice(1)}"`)
    }
  })
})
