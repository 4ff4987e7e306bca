import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { Api } from '../../src/client/api'

const address = process.env.PRESENCE_ADDRESS ?? ''
const token = process.env.PRESENCE_TOKEN ?? ''
const folder = mkdtempSync(join(import.meta.dirname, '.manual-'))

/** The first example of the manual that holds these words, for this server and one of its hosts. */
function example(words: string, host: string): string {
  const manual = readFileSync('../../docs/sdk.md', 'utf8')
  const found = [...manual.matchAll(/^```ts\n(.*?)^```/gms)].find(([text]) => text.includes(words))
  const text = found?.[1] ?? ''
  const [now = ''] = text.split('// Later')
  return now
    .replaceAll('wss://presence.example.com', address.replace('http', 'ws'))
    .replaceAll('https://presence.example.com', address)
    .replaceAll(/'a (read-only )?token'/g, `'${token}'`)
    .replaceAll('db-1', host)
}

/** Runs an example as it stands until it has said something. */
async function firstWords(text: string): Promise<unknown[]> {
  const said = vi.spyOn(console, 'log')
  const file = join(folder, `example${text.length}.ts`)
  writeFileSync(file, text)
  const heard = new Promise<unknown[]>((resolve) => said.mockImplementation((...words) => resolve(words)))
  await import(file)
  const words = await heard
  said.mockRestore()
  return words
}

let host: string

beforeAll(async () => {
  // Node before 22 has none.
  vi.stubGlobal('WebSocket', WebSocket)
  const { results } = await new Api({ base: `${address}/api/v1`, token }).hosts()
  host = results.find(({ status }) => status)?.name ?? ''
})

afterAll(() => {
  rmSync(folder, { recursive: true })
  vi.unstubAllGlobals()
})

test('the first lines of the manual show a reading', async () => {
  expect(await firstWords(example("client.on('status_update'", host))).toEqual([host, expect.any(Number)])
})

test('what the manual asks over HTTP is answered', async () => {
  expect(await firstWords(example('api.history(', host))).toEqual([expect.any(Number), expect.anything()])
})

test('the query of the manual brings rows', async () => {
  expect(await firstWords(example("query.on('data_chunk'", host))).toEqual([expect.any(Number), 'rows'])
})
