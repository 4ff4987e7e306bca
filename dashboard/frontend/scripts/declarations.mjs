// Names each file that the declarations of the SDK import as Node wants it: `./client` becomes `./client.js`, `../store`
// becomes `../store/index.js`. A bundler reads both; `moduleResolution: node16` and `nodenext` take only the latter.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const root = 'sdk/dist/types'
const specifiers = /(\bfrom |\bimport\()(['"])(\.[^'"]*)\2/g

function named(file, specifier) {
  const target = join(dirname(file), specifier)
  if (existsSync(`${target}.d.ts`)) return `${specifier}.js`
  if (existsSync(join(target, 'index.d.ts'))) return `${specifier}/index.js`
  throw new Error(`${file} imports ${specifier}, which has no declarations`)
}

for (const name of readdirSync(root, { recursive: true })) {
  if (!name.endsWith('.d.ts')) continue
  const file = join(root, name)
  const text = readFileSync(file, 'utf8')
  const renamed = (_, before, quote, specifier) => `${before}${quote}${named(file, specifier)}${quote}`
  writeFileSync(file, text.replace(specifiers, renamed))
}
