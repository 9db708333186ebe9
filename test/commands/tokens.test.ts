/** What `sidemux tools --tokens` counts, and how it is told. */
import { expect, it } from 'vitest'
import { storedCatalog } from '../../bench/search/quality.mjs'
import { select, type Entry } from '../../src/catalog/offers/select.ts'
import { costsJson, costsText, toolCosts } from '../../src/commands/tools/tokens.ts'
import { isKeptListed } from '../../src/surface/kept.ts'

const entries = storedCatalog().map(({ server, tool }) =>
  select({ id: server, launchHash: '', rules: { block: ['git_push'] } }, tool as never, tool as never),
)
const servers = [...new Set(entries.map(({ target }) => target.server)), 'silent']
const costs = (mode: 'all' | 'search', keep: readonly string[] = []): ReturnType<typeof toolCosts> =>
  toolCosts(entries, servers, {
    surface: { mode, keep },
    isKept: (entry: Entry) => isKeptListed(keep, entry),
  })

it('counts what is listed, the dearest server first, and what a search would cost', () => {
  const { servers: rows, all, search } = costs('all', ['memory'])
  expect(rows.map(({ tokens }) => tokens)).toEqual(rows.map(({ tokens }) => tokens).toSorted((a, b) => b - a))
  expect(rows.at(-1)).toEqual({ server: 'silent', tools: 0, tokens: 0 })
  expect(all).toEqual({
    tools: entries.length - 1,
    tokens: rows.reduce((sum, { tokens }) => sum + tokens, 0),
  })
  const memory = rows.find(({ server }) => server === 'memory')
  expect(search.tools).toBe(2 + (memory?.tools ?? 0))
  expect(search.tokens - costs('all').search.tokens).toBe(memory?.tokens)
  expect(costs('all').search.tokens).toBeLessThan(all.tokens / 50)
  expect(all.tokens).toBeGreaterThan(10_000)
})

it('says which list is that of now, and warns by it', () => {
  expect(costsText(costs('all'))).toMatch(/surface: all, as it is now +216 /)
  expect(costsText(costs('search'))).toMatch(/surface: search, as it is now +2 /)
  expect(costsJson(costs('all'))).toHaveProperty('warning')
  expect(costsJson(costs('search'))).not.toHaveProperty('warning')
})
