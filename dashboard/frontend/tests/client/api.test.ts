import { describe, expect, test, vi } from 'vitest'
import { Api, apiBeside } from '../../src/client/api'

interface Call {
  url: string
  init: RequestInit
}

function answering(answer: () => Response | Promise<Response>) {
  const calls: Call[] = []
  const fetch = async (url: string, init: RequestInit) => {
    calls.push({ url, init })
    return answer()
  }
  return { calls, api: new Api({ fetch, csrfToken: () => 'secret' }) }
}

test('a query names only what is given', async () => {
  const { api, calls } = answering(() => Response.json({ results: [], next: null, previous: null }))
  await api.alerts({ state: 'firing' })
  await api.hosts()
  expect(calls.map(({ url }) => url)).toEqual(['/api/v1/alerts?state=firing', '/api/v1/hosts'])
})

test('what changes something carries the CSRF token, and nothing else does', async () => {
  const { api, calls } = answering(() => Response.json({ user: null, setup: false }))
  await api.session()
  await api.signIn('a', 'b')
  expect(calls[0]?.init.headers).not.toHaveProperty('X-CSRFToken')
  expect(calls[1]?.init.headers).toHaveProperty('X-CSRFToken', 'secret')
  expect(calls[1]?.init.body).toBe('{"username":"a","password":"b"}')
})

test('no content is no answer', async () => {
  const { api } = answering(() => new Response(null, { status: 204 }))
  expect(await api.signOut()).toBeUndefined()
})

test('a token, fetched for each request, takes the place of the cookie and of its CSRF token', async () => {
  const calls: Call[] = []
  const fetch = async (url: string, init: RequestInit) => {
    calls.push({ url, init })
    return Response.json({})
  }
  let count = 0
  const api = new Api({
    fetch,
    base: 'https://presence.example.com/api/v1/',
    token: async () => `t${++count}`,
  })
  await api.session()
  await api.send('POST', 'sessions', {})
  expect(calls.map(({ url }) => url)).toEqual([
    'https://presence.example.com/api/v1/auth/session',
    'https://presence.example.com/api/v1/sessions',
  ])
  expect(calls[1]?.init).toMatchObject({ credentials: 'omit', headers: { Authorization: 'Token t2' } })
  expect(calls[1]?.init.headers).not.toHaveProperty('X-CSRFToken')
})

test('the API beside a socket is that of its server', async () => {
  const asked: string[] = []
  vi.stubGlobal('fetch', async (url: string) => {
    asked.push(url)
    return Response.json({})
  })
  await apiBeside({ url: 'wss://presence.example.com:8443/ws' }).session()
  vi.unstubAllGlobals()
  expect(asked).toEqual(['https://presence.example.com:8443/api/v1/auth/session'])
})

describe('a failure', () => {
  test('carries the code, the fields and the time to wait', async () => {
    const error = { code: 'RATE_LIMITED', message: 'slow', details: { username: ['taken'] } }
    const { api } = answering(() =>
      Response.json({ error }, { status: 429, headers: { 'Retry-After': '7' } }),
    )
    await expect(api.hosts()).rejects.toMatchObject({
      status: 429,
      code: 'RATE_LIMITED',
      details: { username: ['taken'] },
      retryAfter: 7,
    })
  })

  test('that is no JSON has its status as its code', async () => {
    const { api } = answering(() => new Response('<h1>Bad gateway</h1>', { status: 502 }))
    await expect(api.hosts()).rejects.toMatchObject({ status: 502, code: 'HTTP_502', retryAfter: null })
  })

  test('to reach the server is a network error, being called off is not', async () => {
    const refuse = answering(() => Promise.reject(new TypeError('refused')))
    await expect(refuse.api.hosts()).rejects.toMatchObject({ status: 0, code: 'NETWORK' })
    const abort = answering(() => Promise.reject(new DOMException('off', 'AbortError')))
    await expect(abort.api.hosts()).rejects.toHaveProperty('name', 'AbortError')
    const reason = new Error('the page is gone')
    const gone = answering(() => Promise.reject(reason))
    await expect(gone.api.hosts(AbortSignal.abort(reason))).rejects.toBe(reason)
  })

  test('is also a good answer of somebody else', async () => {
    const { api } = answering(() => new Response('<h1>Welcome to our hotel</h1>'))
    await expect(api.hosts()).rejects.toMatchObject({ name: 'ApiError', status: 200, code: 'NOT_JSON' })
  })
})
