import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type * as Sdk from '../../src/client'
import { FakeRuntime } from '../client/fakeRuntime'
import { FakeServer } from '../client/fakeServer'

const SDK = join(process.cwd(), 'sdk')
/** Below `sdk/dist`, so that examples find the packages they import. */
const EXAMPLES = join(SDK, 'dist', 'examples')
const LIMIT_MS = 240_000

const run = (command: string, ...args: string[]) => execFileSync(command, args, { encoding: 'utf8' })

beforeAll(() => {
  run('npm', 'run', '--silent', 'build:sdk')
}, LIMIT_MS)

afterAll(() => rmSync(EXAMPLES, { recursive: true, force: true }))

test(
  'the package holds the client, the hooks and their types',
  () => {
    const [packed] = JSON.parse(run('npm', 'pack', './sdk', '--dry-run', '--json')) as [
      { files: { path: string }[] },
    ]
    const files = packed.files.map(({ path }) => path)
    const exported = JSON.parse(readFileSync(join(SDK, 'package.json'), 'utf8')).exports
    for (const name of ['.', './react']) {
      for (const path of Object.values<string>(exported[name])) expect(files).toContain(path.slice(2))
    }
    expect(files.filter((path) => /\.test\.|node_modules/.test(path))).toEqual([])
  },
  LIMIT_MS,
)

test(
  'the built client works without a bundler and without React',
  async () => {
    const text = readFileSync(join(SDK, 'dist', 'index.js'), 'utf8')
    expect(text).not.toMatch(/from ["'](react|zustand)/)
    const { PresenceClient } = (await import(pathToFileURL(join(SDK, 'dist', 'index.js')).href)) as typeof Sdk
    const server = await FakeServer.start()
    const client = new PresenceClient({ url: server.url, runtime: new FakeRuntime() })
    client.on('state', server.happened)
    client.connect()
    await server.until(() => client.snapshot.state === 'connected')
    client.disconnect()
    await server.stop()
  },
  LIMIT_MS,
)

test(
  'every example of the manual fits the types of the package',
  () => {
    const manual = readFileSync('../../docs/sdk.md', 'utf8')
    const examples = [...manual.matchAll(/^```(tsx?)\n(.*?)^```/gms)]
    expect(examples.length).toBeGreaterThan(8)
    mkdirSync(EXAMPLES, { recursive: true })
    examples.forEach(([, kind, text = ''], index) => {
      writeFileSync(join(EXAMPLES, `example${index}.${kind}`), `${text}\nexport {}\n`)
    })
    const options = {
      noEmit: true,
      noUnusedLocals: false,
      types: [],
      paths: {
        'presence-client': ['../types/client/index.d.ts'],
        'presence-client/react': ['../types/client/react/index.d.ts'],
      },
    }
    const project = { extends: '../../../tsconfig.json', compilerOptions: options, include: ['.'] }
    writeFileSync(join(EXAMPLES, 'tsconfig.json'), JSON.stringify(project))
    let complaints = ''
    try {
      run('npx', 'tsc', '-p', EXAMPLES)
    } catch (error) {
      complaints = String((error as { stdout?: string }).stdout)
    }
    expect(complaints).toBe('')
  },
  LIMIT_MS,
)
