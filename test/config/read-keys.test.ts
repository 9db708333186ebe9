/** A key of servers.yaml that the schema takes is read by somebody: one that nobody reads would promise what isn't done. */
import { readdirSync, readFileSync } from 'node:fs'
import { resolve, sep } from 'node:path'
import { describe, expect, it } from 'vitest'
import { jsonSchema } from '../../src/config/schema/json-schema.ts'

/** Read by editors alone; and what config/paste/ makes `servers` of. */
const READ_OTHERWISE = ['$schema', 'mcpServers']

/** The keys of all mappings in a schema, without those of other hosts, which are ignored and say so. */
function keysOf(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return []
  const { properties = {} } = schema as { properties?: Readonly<Record<string, { deprecated?: boolean }>> }
  const own = Object.keys(properties).filter((key) => properties[key]?.deprecated !== true)
  return [...own, ...Object.values(schema).flatMap(keysOf)]
}

/** Without comments and sentences, which name keys and read none. */
function codeOf(text: string): string {
  return text
    .replaceAll(/\/\*[^]*?\*\/|^\s*\/\/.*$|\s\/\/ .*$/gm, '')
    .replaceAll(/'[^'\n]*'|"[^"\n]*"/g, (quoted) => (quoted.includes(' ') ? '' : quoted))
}

/** Where the schema is written a name alone is a declaration, and only `.name` reads it. */
const DECLARES = /(?:^|[/.])options\.ts$|^config\/schema\//
/** What other hosts write, by the names of theirs. */
const OF_OTHERS = /^config\/paste\//

/** @param files by their path below src/ */
function unread(keys: readonly string[], files: Readonly<Record<string, string>>): string[] {
  const read = new Set<string>()
  for (const [path, text] of Object.entries(files)) {
    if (OF_OTHERS.test(path)) continue
    const names = DECLARES.test(path) ? /\.([\w$]+)/g : /([\w$]+)/g
    for (const [, name = ''] of codeOf(text).matchAll(names)) read.add(name)
  }
  return [...new Set(keys)].filter((key) => !read.has(key) && !READ_OTHERWISE.includes(key))
}

const src = resolve(import.meta.dirname, '../../src')
const files = Object.fromEntries(
  readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => [file.split(sep).join('/'), readFileSync(resolve(src, file), 'utf8')]),
)

describe('the keys of servers.yaml', () => {
  it('are all read', () => {
    const keys = keysOf(jsonSchema())
    expect(keys.length).toBeGreaterThan(150)
    expect(unread(keys, files)).toEqual([])
  })

  const declared = { 'policy/options.ts': "quota: z.string().describe('A quota for all.')," }
  it.each([
    ['only declared', {}, ['quota']],
    [
      'named in a comment',
      { 'policy/bucket.ts': '/** By quota. */\n// and quota\nconst a = 1 // quota' },
      ['quota'],
    ],
    ['named in a sentence', { 'policy/bucket.ts': "throw new Error('the quota is used up')" }, ['quota']],
    ['a part of another name', { 'policy/bucket.ts': 'const quotas = myquota' }, ['quota']],
    ['known from another host', { 'config/paste/host-keys.ts': 'quota' }, ['quota']],
    ['read', { 'config/servers/server.ts': 'const { quota } = raw' }, []],
    ['read by its name as text', { 'config/servers/server.ts': "raw['quota']" }, []],
    ['read where it is declared', { 'relay/options.ts': 'return raw.quota' }, []],
  ])('are found unread: %s', (_what, more, expected) => {
    expect(unread(['quota'], { ...declared, ...more })).toEqual(expected)
  })
})
