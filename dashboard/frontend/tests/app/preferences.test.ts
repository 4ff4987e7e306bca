// @vitest-environment node
import { beforeEach, expect, test, vi } from 'vitest'

const stored = new Map<string, string>()
const page = { dataset: {} as Record<string, string> }

vi.stubGlobal('localStorage', {
  getItem: (key: string) => stored.get(key) ?? null,
  setItem: (key: string, value: string) => stored.set(key, value),
})
vi.stubGlobal('document', { documentElement: page })
vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener: () => undefined }))

const { adoptPreferences, choose, preferencesStore } = await import('../../src/app/preferences')
const { browserName } = await import('../../src/components/settings/browserName')

const DEFAULTS = { language: '', theme: 'system', units: 'binary', density: 'comfortable' } as const

beforeEach(() => {
  stored.clear()
  adoptPreferences(null, null)
})

test('before anybody signs in, this browser keeps the choice', () => {
  choose({ theme: 'dark' })
  adoptPreferences(null, null)
  expect(preferencesStore.getState().theme).toBe('dark')
  expect(page.dataset.theme).toBe('dark')
})

test('who signs in finds their own choices, and those of the browser where they left it open', () => {
  choose({ theme: 'dark', language: 'zh-Hans' })
  adoptPreferences({ ...DEFAULTS, language: 'en', density: 'compact' }, async () => undefined)
  expect(preferencesStore.getState()).toEqual({
    ...DEFAULTS,
    language: 'en',
    theme: 'dark',
    density: 'compact',
  })
  expect(page.dataset.density).toBe('compact')
})

test('a choice goes to the server, and "as the system" wins over what the browser held', async () => {
  choose({ theme: 'dark' })
  const save = vi.fn(async () => undefined)
  adoptPreferences({ ...DEFAULTS, theme: 'light' }, save)
  choose({ theme: 'system' })
  expect(save).toHaveBeenCalledWith({ theme: 'system' })
  adoptPreferences({ ...DEFAULTS }, save)
  expect(preferencesStore.getState().theme).toBe('system')
})

test('a choice that the server did not take stays in this browser', async () => {
  adoptPreferences({ ...DEFAULTS }, () => Promise.reject(new Error('no network')))
  choose({ units: 'decimal' })
  await vi.waitFor(() => expect(stored.get('presence.units')).toBe('decimal'))
})

test.each([
  ['Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0', 'Firefox 128 · Linux'],
  [
    'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0',
    'Edge 126 · Windows',
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile/15E148 Safari/604.1',
    'Safari 17 · iOS',
  ],
  ['curl/8.5.0', null],
])('%s is %s', (agent, name) => {
  expect(browserName(agent)).toBe(name)
})
