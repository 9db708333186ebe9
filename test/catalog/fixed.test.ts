/** `tools.set`: what hosts are shown of a tool with fixed arguments, and what becomes of a call. */
import { describe, expect, test } from 'vitest'
import { select } from '../../src/catalog/offers/select.ts'
import { fixedArguments, withFixed } from '../../src/policy/set.ts'

type Schema = Readonly<Record<string, unknown>>

const entryOf = (inputSchema: Schema, set: Record<string, Record<string, unknown>>) => {
  const tool = { name: 'create_issue', inputSchema: { type: 'object', ...inputSchema } }
  return select({ id: 'gh', launchHash: 'l', rules: { set } }, tool, undefined)
}
const OWNER = { create_issue: { owner: 'acme' } }
const owner = { type: 'string' }

describe('the schema that is shown', () => {
  test.each<[string, Schema, Schema]>([
    [
      'a required one',
      { properties: { owner, title: owner }, required: ['owner', 'title'], additionalProperties: false },
      { properties: { title: owner }, required: ['title'], additionalProperties: false },
    ],
    ['the only one', { properties: { owner }, required: ['owner'] }, { properties: {} }],
    ['one that is not there', { properties: { title: owner } }, { properties: { title: owner } }],
    [
      'alternatives',
      {
        properties: { title: owner },
        oneOf: [
          { properties: { owner }, required: ['owner'] },
          { required: ['org'], properties: { org: owner } },
        ],
      },
      { properties: { title: owner, org: owner } },
    ],
    [
      'behind a reference',
      {
        $ref: '#/$defs/Args',
        $defs: { Args: { properties: { owner, title: owner }, required: ['owner', 'title'] } },
      },
      { properties: { title: owner }, required: ['title'] },
    ],
    [
      'dependencies',
      {
        properties: { owner, a: owner },
        dependentRequired: { owner: ['a'], a: ['owner'] },
        minProperties: 2,
      },
      { properties: { a: owner }, dependentRequired: { a: [] }, minProperties: 1 },
    ],
  ])('%s', (_name, schema, shown) => {
    const { listed } = entryOf(schema, OWNER)
    expect(listed?.['inputSchema']).toMatchObject(shown)
    const { properties, required } = (listed ?? {})['inputSchema'] as Schema
    expect(JSON.stringify([properties, required])).not.toContain('owner')
  })

  test('names that hosts reject, and odd ones', () => {
    const properties = JSON.parse(
      '{"repo owner":{"type":"string"},"__proto__":{"type":"string"},"t":{}}',
    ) as Schema
    const set = { '*': JSON.parse('{"repo owner":"acme","__proto__":"x"}') as Record<string, unknown> }
    const { listed, fixed } = entryOf({ properties }, set)
    expect(listed).toMatchObject({ inputSchema: { properties: { t: {} } } })
    expect(JSON.stringify(listed)).not.toContain('repo')
    expect(JSON.stringify(listed)).not.toContain('__proto__')
    expect([...(fixed ?? [])]).toEqual([
      ['repo owner', 'acme'],
      ['__proto__', 'x'],
    ])
  })

  test('says so', () => {
    const { edits, notes } = entryOf({ properties: { owner } }, { create_issue: { owner: 'acme', org: 1 } })
    expect(edits).toContainEqual({ what: 'left out', part: 'argument "owner"', why: 'tools.set fixes it' })
    expect(edits).toContainEqual({
      what: 'left out',
      part: 'argument "org"',
      why: 'tools.set fixes it, though its inputSchema does not name it',
    })
    expect(notes).toContain('owner is fixed: "acme"')
  })
})

test('a pattern fixes what a tool has, its own name everything, and comes first', () => {
  const rules = {
    'create_*': { owner: 'a', org: 'a' },
    create_issue: { repo: 1, org: 'own' },
    '*': { owner: 'b' },
  }
  const has = (name: string): boolean => name === 'owner' || name === 'org'
  expect([...fixedArguments(rules, 'create_issue', has)]).toEqual([
    ['owner', 'b'],
    ['org', 'own'],
    ['repo', 1],
  ])
  expect([...fixedArguments(rules, 'create_pr', () => false)]).toEqual([])
})

test.each<[Record<string, unknown>, object]>([
  [{ title: 't' }, { args: { title: 't', owner: 'acme' } }],
  [{ owner: 'acme' }, { args: { owner: 'acme' } }],
  [{ owner: 'other' }, { name: 'owner' }],
  [{ owner: null }, { name: 'owner' }],
  [{ owner: ['acme'] }, { name: 'owner' }],
  [{ Owner: 'other' }, { name: 'owner' }],
  [{ owner: 'acme', OWNER: 'other' }, { name: 'owner' }],
])('%j with owner fixed', (args, expected) => {
  expect(withFixed(args, new Map([['owner', 'acme']]))).toEqual(expected)
})
