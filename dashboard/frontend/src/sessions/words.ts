/** A message cut into what is shown as what it is: plain text, names that are called, and addresses. */
export type Word = { kind: 'text' | 'mention' | 'link'; text: string }

const ADDRESS = /https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]]/g

export function wordsOf(content: string, mentions: readonly { name: string }[]): Word[] {
  const names = mentions
    .map(({ name }) => name)
    .sort((a, b) => b.length - a.length)
    .map((name) => `@${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`)
  const pattern = new RegExp([ADDRESS.source, ...names].join('|'), 'gu')
  const words: Word[] = []
  let at = 0
  for (const match of content.matchAll(pattern)) {
    if (match.index > at) words.push({ kind: 'text', text: content.slice(at, match.index) })
    words.push({ kind: match[0].startsWith('@') ? 'mention' : 'link', text: match[0] })
    at = match.index + match[0].length
  }
  if (at < content.length) words.push({ kind: 'text', text: content.slice(at) })
  return words
}

/** The name being typed after an `@` before the cursor, and where it begins; null where none is. */
export function mentionAt(text: string, cursor: number): { from: number; typed: string } | null {
  const match = /(?:^|\s)@([\p{L}\p{N}._+-]*)$/u.exec(text.slice(0, cursor))
  return match ? { from: cursor - (match[1] as string).length, typed: match[1] as string } : null
}
