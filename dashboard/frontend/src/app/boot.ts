import type { SessionUser } from '../client/api'

/** What the server put into the page. */
export interface Boot {
  user: SessionUser | null
  /** True as long as no account exists. */
  setup: boolean
  version: string
  /** Name of the server's own host. */
  host: string
  /** Usual time between samples, ms. */
  interval: number
  adminUrl: string
  /** Whether strangers may look at `/public`. */
  public: boolean
}

export const DEFAULTS: Boot = {
  user: null,
  setup: false,
  version: '',
  host: '',
  interval: 1_000,
  adminUrl: '/admin/',
  public: false,
}

/** Reads `<script id="boot">`; without one, someone who is not signed in. */
export function readBoot(source: Document = document): Boot {
  const text = source.getElementById('boot')?.textContent
  return text ? { ...DEFAULTS, ...(JSON.parse(text) as Partial<Boot>) } : DEFAULTS
}
