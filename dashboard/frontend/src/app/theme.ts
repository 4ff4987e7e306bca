import { createStore } from 'zustand/vanilla'
import { readSetting, writeSetting } from './settings'

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

function stored(): Theme {
  const value = readSetting('theme')
  return THEMES.find((theme) => theme === value) ?? 'system'
}

/** The chosen theme; `version` counts everything that changes colours, for whoever draws with them. */
export const themeStore = createStore<{ theme: Theme; version: number }>(() => ({
  theme: stored(),
  version: 0,
}))

const darkQuery = matchMedia('(prefers-color-scheme: dark)')

function apply(theme: Theme): void {
  const system = darkQuery.matches ? 'dark' : 'light'
  document.documentElement.dataset.theme = theme === 'system' ? system : theme
}

export function setTheme(theme: Theme): void {
  writeSetting('theme', theme)
  apply(theme)
  themeStore.setState(({ version }) => ({ theme, version: version + 1 }))
}

/** Call once before the first render. */
export function startTheme(): void {
  apply(themeStore.getState().theme)
  darkQuery.addEventListener('change', () => {
    apply(themeStore.getState().theme)
    themeStore.setState(({ version }) => ({ version: version + 1 }))
  })
}
