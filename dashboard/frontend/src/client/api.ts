import { ApiError } from './errors'
import type { SocketOptions, TokenSource } from './live'
import type { HealthAlert, SystemStatus } from './protocol'

export interface SessionUser {
  username: string
  isStaff: boolean
  groups: string[]
  /** viewer, operator, analyst, admin: those this user has, implied ones included. */
  roles: string[]
  preferences: Preferences
}

/** How one person wants to see things, on every device. */
export interface Preferences {
  /** Empty: as the browser asks. */
  language: '' | 'en' | 'zh-Hans'
  theme: 'system' | 'light' | 'dark'
  /** Steps of 1,024 (KiB) or of 1,000 (kB). */
  units: 'binary' | 'decimal'
  density: 'comfortable' | 'compact'
}

export interface Session {
  user: SessionUser | null
  /** True as long as no account exists. */
  setup: boolean
}

export interface HostSummary {
  name: string
  online: boolean
  /** Epoch ms, null before the first reading. */
  lastSeen: number | null
  version: string
  /** A machine sends readings, a service counts of its requests. */
  kind?: 'machine' | 'service'
  /** The newest reading, null where there is none. */
  status?: SystemStatus | null
}

/** Columns of a history, by metric; null where nothing is known. */
export interface Buckets {
  avg: (number | null)[]
  min: (number | null)[]
  max: (number | null)[]
}

export interface History {
  type: string
  host: string
  from: number
  to: number
  /** Width of a bucket, ms. */
  stepMs: number
  /** Start of each bucket that holds data, epoch ms, ascending. */
  timestamps: number[]
  series: Record<string, Buckets | undefined>
  /** True when the database could not be asked and this is the last good answer. */
  stale: boolean
}

/** Request statistics of a range; one value per bucket. */
export interface StatsHistory extends Omit<History, 'series'> {
  series: Partial<Record<'total' | 'error' | 'perSecond' | 'avg' | 'p50' | 'p95' | 'p99', (number | null)[]>>
}

/** A threshold as people edited it; null thresholds are off. */
export interface Rule {
  id: number
  component: string
  host: string | null
  comparison: 'above' | 'below'
  warning_raise: number | null
  warning_clear: number | null
  critical_raise: number | null
  critical_clear: number | null
  for_seconds: number
  enabled: boolean
}

export interface Page<T> {
  results: T[]
  next: string | null
  previous: string | null
}

export interface HistoryQuery {
  host: string
  /** Epoch ms. */
  from: number
  to: number
  /** Most buckets wanted, up to 5,000. */
  points: number
}

type Fetch = (url: string, init: RequestInit) => Promise<Response>

export interface ApiOptions {
  fetch?: Fetch
  /** Where the API is, `/api/v1` of the page's own server by default. */
  base?: string
  /** A token, where the page has no session cookie of Presence; or how to get one, asked before every request. */
  token?: TokenSource
  /** Reads the CSRF token of the page; Django changes it on sign-in. */
  csrfToken?: () => string
}

/** Presence's HTTP API. Every method rejects with `ApiError`, or with an `AbortError` when its signal says so. */
export class Api {
  private readonly fetch: Fetch
  private readonly base: string
  private readonly token: TokenSource | null
  private readonly csrfToken: () => string

  constructor(options: ApiOptions = {}) {
    this.fetch = options.fetch ?? ((url, init) => globalThis.fetch(url, init))
    this.csrfToken = options.csrfToken ?? (() => cookie('csrftoken'))
    this.base = (options.base ?? '/api/v1').replace(/\/$/, '')
    this.token = options.token ?? null
  }

  session(signal?: AbortSignal): Promise<Session> {
    return this.get('auth/session', {}, signal)
  }

  signIn(username: string, password: string): Promise<{ user: SessionUser }> {
    return this.send('POST', 'auth/session', { username, password })
  }

  signOut(): Promise<void> {
    return this.send('DELETE', 'auth/session')
  }

  /** Creates the first administrator, with the token of the one-time link. */
  setUp(token: string, username: string, password: string): Promise<{ user: SessionUser }> {
    return this.send('POST', 'auth/setup', { token, username, password })
  }

  status(host: string, signal?: AbortSignal): Promise<SystemStatus & { stale: boolean }> {
    return this.get('status', { host }, signal)
  }

  hosts(signal?: AbortSignal): Promise<Page<HostSummary>> {
    return this.get('hosts', {}, signal)
  }

  history(query: HistoryQuery, signal?: AbortSignal): Promise<History> {
    return this.get('history', { type: 'status', ...query }, signal)
  }

  statsHistory(
    query: Omit<HistoryQuery, 'host'> & { host?: string },
    signal?: AbortSignal,
  ): Promise<StatsHistory> {
    return this.get('history', { type: 'stats', ...query }, signal)
  }

  /** Newest first. */
  alerts(
    query: { state?: HealthAlert['state']; limit?: number },
    signal?: AbortSignal,
  ): Promise<Page<HealthAlert>> {
    return this.get('alerts', query, signal)
  }

  rules(signal?: AbortSignal): Promise<Page<Rule>> {
    return this.get('rules', {}, signal)
  }

  /** Reads `/api/v1/<path>`; values of `query` that are undefined are left out. */
  get<T>(path: string, query: object = {}, signal?: AbortSignal): Promise<T> {
    const given = Object.entries(query).filter(([, value]) => value !== undefined)
    const search = new URLSearchParams(given.map(([key, value]) => [key, String(value)])).toString()
    return this.request('GET', search ? `${path}?${search}` : path, signal ? { signal } : {})
  }

  /** Writes to `/api/v1/<path>`; where no token says who this is, with the CSRF token of the page. */
  send<T>(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: object): Promise<T> {
    const headers: Record<string, string> = this.token === null ? { 'X-CSRFToken': this.csrfToken() } : {}
    if (!body) return this.request(method, path, { headers })
    headers['Content-Type'] = 'application/json'
    return this.request(method, path, { headers, body: JSON.stringify(body) })
  }

  private async request<T>(method: string, path: string, init: RequestInit): Promise<T> {
    const credentials = this.token === null ? 'same-origin' : 'omit'
    const headers = {
      Accept: 'application/json',
      ...languageOfPage(),
      ...(await this.authorization()),
      ...init.headers,
    }
    try {
      const response = await this.fetch(`${this.base}/${path}`, { ...init, method, headers, credentials })
      if (!response.ok) throw await readError(response)
      return response.status === 204 ? (undefined as T) : await readBody<T>(response)
    } catch (error) {
      const calledOff = error instanceof DOMException && error.name === 'AbortError'
      if (error instanceof ApiError || calledOff || init.signal?.aborted) throw error
      throw new ApiError(0, 'NETWORK', 'the server could not be reached')
    }
  }

  private async authorization(): Promise<Record<string, string>> {
    if (this.token === null) return {}
    const token = typeof this.token === 'string' ? this.token : await this.token()
    return { Authorization: `Token ${token}` }
  }
}

/** The API of the server that a socket's address belongs to, for the same user. */
export function apiBeside({ url, token }: Pick<SocketOptions, 'url' | 'token'>): Api {
  const page = typeof location === 'undefined' ? undefined : location
  const { origin } = new URL(url.replace(/^ws/, 'http'), page?.href)
  const base = origin === page?.origin ? '/api/v1' : `${origin}/api/v1`
  return new Api(token === undefined ? { base } : { base, token })
}

/** Whatever stands before the server (a proxy, a hotel's sign-in page) may answer 200 with something else. */
async function readBody<T>(response: Response): Promise<T> {
  const text = await response.text()
  try {
    return JSON.parse(text) as T
  } catch {
    throw new ApiError(response.status, 'NOT_JSON', 'the answer is not of this API')
  }
}

/** What is wrong with a form is told in the language that the page is in, whatever the browser prefers. */
function languageOfPage(): Record<string, string> {
  const language = typeof document === 'undefined' ? '' : document.documentElement.lang
  return language ? { 'Accept-Language': language } : {}
}

async function readError(response: Response): Promise<ApiError> {
  const retryAfter = Number.parseFloat(response.headers.get('Retry-After') ?? '')
  const body: unknown = await response.json().catch(() => null)
  const error = (
    body as { error?: { code?: string; message?: string; details?: Record<string, string[]> } } | null
  )?.error
  return new ApiError(
    response.status,
    error?.code ?? `HTTP_${response.status}`,
    error?.message ?? response.statusText,
    error?.details ?? {},
    Number.isFinite(retryAfter) ? retryAfter : null,
  )
}

function cookie(name: string): string {
  if (typeof document === 'undefined') return ''
  const entry = document.cookie.split('; ').find((pair) => pair.startsWith(`${name}=`))
  return entry ? decodeURIComponent(entry.slice(name.length + 1)) : ''
}
