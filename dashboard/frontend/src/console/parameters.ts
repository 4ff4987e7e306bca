import type { Parameter, ParameterType } from '../client/query/api'
import type { ParameterValue } from '../client/query/messages'

/** Strings, quoted names, comments, dollar quotes and casts: nothing in them is a parameter. */
const SKIPPED = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|\$(\w*)\$[\s\S]*?\$\1\$|::/g
const NAME = /:([A-Za-z_]\w*)/g

/** The `:name`s of a statement, each once, in the order in which they come. */
export function parameterNames(sql: string): string[] {
  const bare = sql.replace(SKIPPED, ' ')
  return [...new Set([...bare.matchAll(NAME)].map(([, name]) => name as string))]
}

/** What to ask for: what is known of each parameter, and a text for those of which nothing is. */
export function askedParameters(sql: string, known: readonly Parameter[]): Parameter[] {
  return parameterNames(sql).map(
    (name) => known.find((parameter) => parameter.name === name) ?? { name, type: guessType(name) },
  )
}

const TIMES = /(^|_)(from|to|since|until|start|end|at|time|timestamp|date)$/i
const NUMBERS = /(^|_)(limit|count|min|max|threshold|above|below|percent|hours|days|minutes|id)$/i

function guessType(name: string): ParameterType {
  return TIMES.test(name) ? 'datetime' : NUMBERS.test(name) ? 'number' : 'text'
}

/**
 * The value that the database gets for what was typed. A time is epoch ms, as the views have it; nothing is NULL.
 *
 * @returns undefined where the text is no such value.
 */
export function parameterValue(type: ParameterType, text: string): ParameterValue | undefined {
  if (text === '') return type === 'text' ? '' : null
  if (type === 'boolean') return text === 'true'
  if (type === 'text') return text
  const value = type === 'number' ? Number(text) : Date.parse(text)
  return Number.isFinite(value) ? value : undefined
}

/** What to put into the field at first. */
export function parameterText(parameter: Parameter): string {
  const value = parameter.default
  if (value === null || value === undefined) return parameter.type === 'boolean' ? 'false' : ''
  if (parameter.type !== 'datetime') return String(value)
  const at = new Date(typeof value === 'boolean' ? Number.NaN : value)
  if (Number.isNaN(at.getTime())) return ''
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}
