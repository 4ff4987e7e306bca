// Writes src/client/protocol.ts from src/client/protocol.schema.json; with --check only compares, exit 1 when stale.
import { readFile, writeFile } from 'node:fs/promises'
import { compile } from 'json-schema-to-typescript'

const source = new URL('../src/client/protocol.schema.json', import.meta.url)
const target = new URL('../src/client/protocol.ts', import.meta.url)

const schema = JSON.parse(await readFile(source, 'utf8'))
const definitions = JSON.parse(JSON.stringify(schema.$defs ?? {}), (_, value) =>
  // An object of which nothing is said may hold anything, rather than nothing.
  value?.type === 'object' && !value.properties && value.additionalProperties === undefined
    ? { ...value, additionalProperties: true }
    : value,
)
// A root that refers to every definition once, so that each becomes one exported type under its own name.
const root = {
  title: 'Protocol',
  description: 'Every message and shape of the wire by name.',
  type: 'object',
  properties: Object.fromEntries(Object.keys(definitions).map((name) => [name, { $ref: `#/$defs/${name}` }])),
  $defs: Object.fromEntries(
    Object.entries(definitions).map(([name, definition]) => [name, { ...definition, title: name }]),
  ),
}
const text = await compile(root, 'Protocol', {
  additionalProperties: false,
  ignoreMinAndMaxItems: true,
  bannerComment:
    '// Generated from protocol.schema.json by `npm run generate`: do not edit.\n// Times are milliseconds since the Unix epoch unless a field says otherwise.',
  style: { semi: false, singleQuote: true, printWidth: 110 },
})

if (process.argv.includes('--check')) {
  const present = await readFile(target, 'utf8').catch(() => '')
  if (present !== text) {
    console.error('src/client/protocol.ts is stale: run `npm run generate`.')
    process.exit(1)
  }
} else {
  await writeFile(target, text)
}
