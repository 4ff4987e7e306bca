// Prints what a first visit loads, gzipped, and fails when the JavaScript is over its budget.
import { readFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'

const BUDGET_KB = 150
const out = new URL('../../static/dashboard/', import.meta.url)
const manifest = JSON.parse(await readFile(new URL('manifest.json', out), 'utf8'))

const scripts = new Set()
const styles = new Set()
const visit = (key) => {
  const chunk = manifest[key]
  if (!chunk || scripts.has(chunk.file)) return
  scripts.add(chunk.file)
  for (const css of chunk.css ?? []) styles.add(css)
  for (const next of chunk.imports ?? []) visit(next)
}
for (const [key, chunk] of Object.entries(manifest)) if (chunk.isEntry) visit(key)
// Pages are fetched apart; the first visit is to the overview.
visit('src/pages/Overview.tsx')

const kilobytes = async (files) => {
  let total = 0
  for (const file of files) total += gzipSync(await readFile(new URL(file, out))).length
  return total / 1024
}
const js = await kilobytes(scripts)
const css = await kilobytes(styles)
console.log(
  `First load, gzipped: ${js.toFixed(1)} KB JavaScript (budget ${BUDGET_KB} KB), ${css.toFixed(1)} KB CSS`,
)
if (js > BUDGET_KB) process.exit(1)
