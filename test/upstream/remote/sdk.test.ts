/** A remote server is spoken to without the MCP SDK, which costs each start that loads it; only a login needs it. */
import { readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { expect, it } from 'vitest'

const src = resolve(import.meta.dirname, '../../../src')
/** What is loaded with a file: each import but those of types alone. A dynamic one comes later. */
const IMPORT = /^(?:import|export)\s+(?!type\b)(?:[^'";]*?from\s+)?'([^']+)'/gm

function loadedWith(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen
  seen.add(file)
  if (!file.startsWith(src)) return seen
  for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(IMPORT))
    loadedWith(name.startsWith('.') ? resolve(dirname(file), name) : name, seen)
  return seen
}

it.each(['upstream/remote/remote-link.ts', 'upstream/remote/target.ts'])('is not loaded with %s', (file) => {
  const loaded = [...loadedWith(join(src, file))].map((one) =>
    one.startsWith(src) ? relative(src, one) : one,
  )
  expect(loaded).toContain(join('net', 'client.ts'))
  expect(loaded.filter((one) => one.startsWith('@modelcontextprotocol/'))).toEqual([])
})

it('is loaded by what logs in', () => {
  const loaded = [...loadedWith(join(src, 'upstream/remote/oauth/flow.ts'))]
  expect(loaded).toContain('@modelcontextprotocol/client')
})
