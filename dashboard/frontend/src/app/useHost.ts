/** The host to show: the one asked for, else the server's own, else the first that is known. */
export function chooseHost(asked: string | null, own: string, known: readonly string[]): string {
  if (asked !== null) return asked
  if (known.includes(own) || known.length === 0) return own
  return known[0] as string
}
