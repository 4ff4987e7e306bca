import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type * as Sdk from '../../src/client'
import { FakeRuntime } from '../client/fakeRuntime'
import { FakeServer } from '../client/fakeServer'

const SDK = join(process.cwd(), 'sdk')
/** Somebody's project, in which the packed package is installed; what the package needs itself is found further up. */
const PROJECT = join(SDK, 'dist', 'project')
const INSTALLED = join(PROJECT, 'node_modules', 'presence-client')
const LIMIT_MS = 240_000

const run = (command: string, ...args: string[]) => execFileSync(command, args, { encoding: 'utf8' })

/** Uses the types so that it would not fit if one of them were `any`, as one that cannot be found is. */
const STRICT = `
import { type ConnectionState, PresenceClient } from 'presence-client'
import { useCollaborativeSession } from 'presence-client/collaboration'
import { useStatus, useStores } from 'presence-client/react'

export const client = new PresenceClient({ url: 'ws://127.0.0.1/ws' })
export const state: ConnectionState = client.snapshot.state
// @ts-expect-error A state is no number.
export const wrong: number = client.snapshot.state
client.on('status_update', ({ status }) => {
  // @ts-expect-error A reading has no such field.
  status.cpuUse
})
export function Probe() {
  // @ts-expect-error It is a number.
  const cpu: string = useStatus('a').cpuUsage
  // @ts-expect-error So is this, from a store.
  const seen: string = useStores().statuses.getState().byHost.a?.status.timestamp
  // @ts-expect-error And this is a text, of yjs.
  const length: string = useCollaborativeSession('a').session.text.length
  // @ts-expect-error And this a number, of y-protocols.
  const id: string = useCollaborativeSession('a').session.awareness.clientID
  return [cpu, seen, length, id].join()
}
`

interface Packed {
  filename: string
  files: { path: string }[]
}

let packed: Packed

beforeAll(() => {
  run('npm', 'run', '--silent', 'build:sdk')
  mkdirSync(INSTALLED, { recursive: true })
  const [made] = JSON.parse(run('npm', 'pack', './sdk', '--json', '--pack-destination', PROJECT)) as [Packed]
  packed = made
  run('tar', '-xzf', join(PROJECT, packed.filename), '-C', INSTALLED, '--strip-components=1')
}, LIMIT_MS)

afterAll(() => rmSync(PROJECT, { recursive: true, force: true }))

test('the package holds the client, the hooks and their types', () => {
  const files = packed.files.map(({ path }) => path)
  const { exports } = JSON.parse(readFileSync(join(INSTALLED, 'package.json'), 'utf8'))
  for (const name of ['.', './react', './collaboration']) {
    for (const path of Object.values<string>(exports[name])) expect(files).toContain(path.slice(2))
  }
  expect(files.filter((path) => /\.test\.|node_modules/.test(path))).toEqual([])
})

test('the built client works without a bundler and without any other package', async () => {
  const built = (name: string) => readFileSync(join(INSTALLED, 'dist', name), 'utf8')
  expect(built('index.js')).not.toMatch(/from ["'][^.]/)
  expect(built('react.js')).not.toMatch(/from ["']y/)
  const { PresenceClient } = (await import(
    pathToFileURL(join(INSTALLED, 'dist', 'index.js')).href
  )) as typeof Sdk
  const server = await FakeServer.start()
  const client = new PresenceClient({ url: server.url, runtime: new FakeRuntime() })
  client.on('state', server.happened)
  client.connect()
  await server.until(() => client.snapshot.state === 'connected')
  client.disconnect()
  await server.stop()
})

test.each([
  ['esnext', 'bundler'],
  ['node16', 'node16'],
  ['nodenext', 'nodenext'],
])(
  'every example of the manual fits the types of the installed package, in a project of %s and %s',
  (module, moduleResolution) => {
    const manual = readFileSync('../../docs/sdk.md', 'utf8')
    const examples = [...manual.matchAll(/^```(tsx?)\n(.*?)^```/gms)]
    expect(examples.length).toBeGreaterThan(8)
    examples.forEach(([, kind, text = ''], index) => {
      writeFileSync(join(PROJECT, `example${index}.${kind}`), `${text}\nexport {}\n`)
    })
    writeFileSync(join(PROJECT, 'strict.tsx'), STRICT)
    writeFileSync(join(PROJECT, 'package.json'), '{"type": "module"}')
    const compilerOptions = { module, moduleResolution, noEmit: true, noUnusedLocals: false, types: [] }
    const project = { extends: '../../../tsconfig.json', compilerOptions, include: ['*'] }
    writeFileSync(join(PROJECT, 'tsconfig.json'), JSON.stringify(project))
    let complaints = ''
    try {
      run('npx', 'tsc', '-p', PROJECT)
    } catch (error) {
      complaints = String((error as { stdout?: string }).stdout)
    }
    expect(complaints).toBe('')
  },
  LIMIT_MS,
)
