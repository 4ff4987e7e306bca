import { themeStore } from '../app/theme'

/** Colours of the current theme, for canvases. */
export interface Palette {
  series: string[]
  grid: string
  axis: string
  surface: string
  warning: string
  critical: string
  info: string
  font: string
}

let cached: { version: number; palette: Palette } | null = null

/** Reads the tokens of `tokens.css`; anew when the theme has changed. */
export function palette(): Palette {
  const { version } = themeStore.getState()
  if (cached?.version !== version) {
    const style = getComputedStyle(document.documentElement)
    const token = (name: string) => style.getPropertyValue(`--${name}`).trim()
    cached = {
      version,
      palette: {
        series: [token('series-1'), token('series-2'), token('series-3'), token('series-4')],
        grid: token('grid'),
        axis: token('text-muted'),
        surface: token('surface'),
        warning: token('warning'),
        critical: token('critical'),
        info: token('info'),
        font: token('font'),
      },
    }
  }
  return (cached as { palette: Palette }).palette
}

/** CSS pixels of 1 rem. */
export function rootFontSize(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16
}
