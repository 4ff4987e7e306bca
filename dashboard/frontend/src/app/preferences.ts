import { createStore } from 'zustand/vanilla'
import type { Preferences } from '../client/api'
import { readSetting, writeSetting } from './settings'
import { applyTheme, THEMES } from './theme'

/** Sends what somebody who is signed in has chosen to the server, which keeps it for all their devices. */
type Save = (change: Partial<Preferences>) => Promise<unknown>

function ofThisBrowser(): Preferences {
  const language = readSetting('language')
  const theme = readSetting('theme')
  return {
    language: language === 'en' || language === 'zh-Hans' ? language : '',
    theme: THEMES.find((one) => one === theme) ?? 'system',
    units: readSetting('units') === 'decimal' ? 'decimal' : 'binary',
    density: readSetting('density') === 'compact' ? 'compact' : 'comfortable',
  }
}

/** How this person wants to see things. */
export const preferencesStore = createStore<Preferences>(ofThisBrowser)

let save: Save | null = null

function apply(preferences: Preferences): void {
  applyTheme(preferences.theme)
  document.documentElement.dataset.density = preferences.density
  preferencesStore.setState(preferences)
}

/**
 * Somebody signed in: what they chose counts, and where they left it to the browser, what was chosen in this one.
 * Null: nobody is signed in, and this browser's own choices count.
 */
export function adoptPreferences(chosen: Preferences | null, saveWith: Save | null): void {
  save = saveWith
  const local = ofThisBrowser()
  if (!chosen) {
    apply(local)
    return
  }
  const theme = chosen.theme === 'system' ? local.theme : chosen.theme
  apply({ ...chosen, theme, language: chosen.language || local.language })
}

/** Changes what is named, at once; it is kept for the person where one is signed in, else in this browser. */
export function choose(change: Partial<Preferences>): void {
  apply({ ...preferencesStore.getState(), ...change })
  if (!save) {
    keepHere(change)
    return
  }
  // What the browser holds would win over "as the browser asks".
  for (const name of Object.keys(change)) writeSetting(name, '')
  save(change).catch(() => keepHere(change))
}

function keepHere(change: Partial<Preferences>): void {
  for (const [name, value] of Object.entries(change)) writeSetting(name, value)
}
