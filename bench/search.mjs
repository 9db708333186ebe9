// npm run bench:search: of how many queries a search of tools finds the right one, first (hit@1) or among three (hit@3),
// over the stored catalog of published servers (search/quality.mjs). --missed names those that it misses, of the half that
// may be looked at; --json prints the figures.
import { parseArgs } from 'node:util'
import { ToolIndex } from '../dist/surface/search/tool-index.js'
import { select } from '../dist/catalog/offers/select.js'
import { quality, storedCatalog } from './search/quality.mjs'

const { values } = parseArgs({
  options: { missed: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
})
const entries = storedCatalog().map(({ server, tool }) =>
  select({ id: server, launchHash: '', rules: {} }, tool, tool),
)
const index = new ToolIndex()
const find = (query) =>
  index.search(entries, { query, limit: 5 }).tools.map(({ target }) => `${target.server}/${target.name}`)
find('warm')
const begin = performance.now()
const { missed, ...shares } = quality(find)
const ms = (performance.now() - begin) / shares.all.queries
if (values.json) process.stdout.write(`${JSON.stringify({ ...shares, ms })}\n`)
else {
  process.stdout.write(`${entries.length} tools, ${ms.toFixed(2)} ms a search\n`)
  for (const [name, { queries, hit1, hit3 }] of Object.entries(shares))
    process.stdout.write(
      `${name.padEnd(6)} ${String(queries).padStart(4)} queries  hit@1 ${hit1.toFixed(3)}  hit@3 ${hit3.toFixed(3)}\n`,
    )
}
if (values.missed)
  for (const { query, right, found } of missed.filter(({ half }) => half === 'tuned'))
    process.stdout.write(`missed: ${query}\n  want ${right.join(', ')}\n  got  ${found.join(', ')}\n`)
