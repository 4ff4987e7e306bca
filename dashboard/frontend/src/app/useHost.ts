import { INSTALLATION } from './fleet'

/** The host to show: the one asked for, else the server's own, else the first machine that is known. */
export function chooseHost(asked: string | null, own: string, known: readonly string[]): string {
  if (asked !== null) return asked
  if (known.includes(own) || known.length === 0) return own
  return known.find((name) => name !== INSTALLATION) ?? own
}
