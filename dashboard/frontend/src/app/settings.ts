/** Choices of the person at this browser. Storage may be forbidden: then they last as long as the page. */
const PREFIX = 'presence.'
const unsaved = new Map<string, string>()

export function readSetting(name: string): string | null {
  try {
    return localStorage.getItem(PREFIX + name) ?? unsaved.get(name) ?? null
  } catch {
    return unsaved.get(name) ?? null
  }
}

export function writeSetting(name: string, value: string): void {
  unsaved.set(name, value)
  try {
    localStorage.setItem(PREFIX + name, value)
  } catch {
    // Kept in `unsaved`.
  }
}
