/** The tables of docs/ are what the code reads: made anew, they are the same. */
import { describe, expect, it } from 'vitest'
import { jsonSchema, jsonSchemaText } from '../../src/config/schema/json-schema.ts'
import { read } from './repository.ts'
import { STATE_FILES } from '../../src/state/files.ts'
import { schemaTables, stateTables, withTables } from './tables.mjs'

const page = read('docs/configuration.md')
const tables = schemaTables(JSON.parse(jsonSchemaText()) as object)

describe('docs/configuration.md', () => {
  it('has the tables of the present schema (npm run docs writes them)', () => {
    expect(withTables(page, tables)).toBe(page)
  })

  it('shows every table that there is', () => {
    const shown = [...page.matchAll(/<!-- table (\S+) -->/g)].map(([, name]) => name)
    expect(new Set(shown)).toEqual(new Set(Object.keys(tables)))
  })

  it('names every key of servers.yaml that is not of another host', () => {
    const missing = [...keysOf(jsonSchema())].filter((key) => !new RegExp(`[\`.]${escape(key)}\``).test(page))
    expect(missing).toEqual([])
  })
})

it('docs/state.md has every file of the state directory, as the code has them', () => {
  const state = read('docs/state.md')
  expect(state).toContain('<!-- table state -->')
  expect(withTables(state, stateTables(STATE_FILES))).toBe(state)
})

const escape = (text: string): string => text.replaceAll(/[$.*+?^|()[\]{}\\]/g, String.raw`\$&`)

/** The names of all properties, at any depth. */
function* keysOf(part: unknown): Generator<string> {
  if (typeof part !== 'object' || part === null) return
  for (const [name, inner] of Object.entries(part)) {
    if (name === 'properties')
      for (const [key, value] of Object.entries(inner as Record<string, { deprecated?: boolean }>))
        if (value.deprecated !== true && key !== 'tool' && key !== 'where' && key !== 'type') yield key
    yield* keysOf(inner)
  }
}
