import { createStore } from 'zustand/vanilla'
import { readSetting } from './settings'

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

function stored(): Theme {
  const value = readSetting('theme')
  return THEMES.find((theme) => theme === value) ?? 'system'
}

/** The theme that shows; `version` counts everything that changes colours, for whoever draws with them. */
export const themeStore = createStore<{ theme: Theme; version: number }>(() => ({
  theme: stored(),
  version: 0,
}))

const darkQuery = matchMedia('(prefers-color-scheme: dark)')

function show(theme: Theme): void {
  const system = darkQuery.matches ? 'dark' : 'light'
  document.documentElement.dataset.theme = theme === 'system' ? system : theme
}

/** Shows a theme; `choose` in `preferences.ts` keeps it as well. */
export function applyTheme(theme: Theme): void {
  show(theme)
  if (theme === themeStore.getState().theme) return
  themeStore.setState(({ version }) => ({ theme, version: version + 1 }))
}

/** Call once before the first render. */
export function startTheme(): void {
  show(themeStore.getState().theme)
  darkQuery.addEventListener('change', () => {
    show(themeStore.getState().theme)
    themeStore.setState(({ version }) => ({ version: version + 1 }))
  })
}
