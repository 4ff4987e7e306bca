/** Marks in the order in which they have to be looked for: most browsers claim to be others as well. */
const BROWSERS: readonly (readonly [string, RegExp])[] = [
  ['Edge', /Edg(?:e|A|iOS)?\/(\d+)/],
  ['Opera', /OPR\/(\d+)/],
  ['Samsung Internet', /SamsungBrowser\/(\d+)/],
  ['Firefox', /(?:Firefox|FxiOS)\/(\d+)/],
  ['Chrome', /(?:Chrome|CriOS|HeadlessChrome)\/(\d+)/],
  ['Safari', /Version\/(\d+)[\d.]* (?:Mobile\/\S+ )?Safari/],
]
const SYSTEMS: readonly (readonly [string, RegExp])[] = [
  ['Android', /Android/],
  ['iOS', /iPhone|iPad/],
  ['Windows', /Windows/],
  ['macOS', /Mac OS X/],
  ['ChromeOS', /CrOS/],
  ['Linux', /Linux/],
]

/** "Firefox 128 · Linux" from a User-Agent; null where it names nothing known. */
export function browserName(userAgent: string): string | null {
  for (const [name, mark] of BROWSERS) {
    const found = mark.exec(userAgent)
    if (!found) continue
    const system = SYSTEMS.find(([, pattern]) => pattern.test(userAgent))?.[0]
    return system ? `${name} ${found[1]} · ${system}` : `${name} ${found[1]}`
  }
  return null
}
