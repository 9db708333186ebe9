// How well a search of tools finds what is meant: of how many queries the right tool stands first, or among the first
// three. The catalog is that of published servers (their packages stand in its first line), recorded on 2026-11-29 and cut to
// names and descriptions. The queries are written as a model would ask, with all tools that would do. Every second one was
// looked at while the ranking was made (`tuned`), the others not (`held`).
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const lines = (name) =>
  readFileSync(join(import.meta.dirname, name), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))

export function storedCatalog() {
  const [, ...tools] = lines('catalog.jsonl')
  return tools.map(([server, tool]) => ({ server, tool }))
}

export function quality(find) {
  const all = lines('queries.jsonl').map(([query, ...right], index) => {
    const found = find(query)
    const at = found.findIndex((name) => right.includes(name))
    return { query, right, found, at, half: index % 2 === 0 ? 'tuned' : 'held' }
  })
  return {
    all: shareOf(all),
    tuned: shareOf(all.filter(({ half }) => half === 'tuned')),
    held: shareOf(all.filter(({ half }) => half === 'held')),
    missed: all.filter(({ at }) => at < 0 || at > 2),
  }
}

const shareOf = (some) => ({
  queries: some.length,
  hit1: some.filter(({ at }) => at === 0).length / some.length,
  hit3: some.filter(({ at }) => at >= 0 && at < 3).length / some.length,
})
