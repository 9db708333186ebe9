/** Promise 4: a call is judged by what it chooses, and by no more than that; that it only reads is never proved by a choice. */
import * as fc from '../random.ts'
import { expect, it, test } from 'vitest'
import { argumentFactsOf } from '../../src/policy/risk/arguments.ts'
import { classify, classifyCall, classVaries, type ToolFacts } from '../../src/policy/risk/risk.ts'
import { decide } from '../../src/policy/rules.ts'
import { ELSEWHERE } from '../../src/policy/where/place.ts'

type Hints = Readonly<Record<string, boolean>>

const toolOf = (name: string, inputSchema: object, annotations: Hints = {}): ToolFacts => ({
  name,
  annotations,
  arguments: argumentFactsOf(inputSchema),
  unchanged: true,
})
const tool = (name: string, properties: object, annotations: Hints = {}): ToolFacts =>
  toolOf(name, { properties }, annotations)

const branch = { operation: { enum: ['list', 'create', 'delete'] }, name: { type: 'string' } }
const push = { force: { type: 'boolean', default: false }, delete: { type: 'boolean', default: false } }
const choice = { enum: ['list', 'delete'], default: 'list' }
const quiet = { readOnlyHint: false, destructiveHint: false }

test.each<[string, ToolFacts, object, string]>([
  ['a choice that reads', tool('git_branch', branch, quiet), { operation: 'list' }, 'write'],
  ['a choice that changes', tool('git_branch', branch, quiet), { operation: 'create' }, 'write'],
  ['a choice that destroys', tool('git_branch', branch, quiet), { operation: 'delete' }, 'destructive'],
  ['no choice at all', tool('git_branch', branch, quiet), {}, 'destructive'],
  ['a choice that is none', tool('git_branch', branch, quiet), { operation: 'DELETE' }, 'destructive'],
  ['one of another type', tool('git_branch', branch, quiet), { operation: ['list'] }, 'destructive'],
  [
    'what it means without one',
    tool('git_branch', { operation: { ...branch.operation, default: 'list' } }, quiet),
    {},
    'write',
  ],
  ['a switch that is off', tool('git_push', push, quiet), { delete: false }, 'write'],
  ['a switch that is left out', tool('git_push', push, quiet), {}, 'write'],
  ['a switch that is on', tool('git_push', push, quiet), { delete: true }, 'destructive'],
  ['a switch with another value', tool('git_push', push, quiet), { delete: 'false' }, 'destructive'],
  [
    'a switch of which nobody knows what leaving it out means',
    tool('git_push', { delete: { type: 'boolean' } }, quiet),
    {},
    'destructive',
  ],
  [
    'a choice within an argument',
    tool('edit_all', { ops: { items: { properties: branch } } }, quiet),
    { ops: [{ operation: 'list' }], operation: 'list' },
    'destructive',
  ],
  [
    'a server that says itself that it destroys',
    tool('manage', branch, { destructiveHint: true }),
    { operation: 'list' },
    'destructive',
  ],
  [
    'a plain change of such a server',
    tool('branch', branch, { destructiveHint: true }),
    { operation: 'create' },
    'destructive',
  ],
  [
    'what puts something in the place of what was there, of such a server',
    tool('branch', { operation: { enum: ['update', 'restore'] } }, { destructiveHint: true }),
    { operation: 'update' },
    'destructive',
  ],
  [
    'a choice that reads of such a server, which can do plain changes only',
    tool('branch', { operation: { enum: ['list', 'update'] } }, { destructiveHint: true }),
    { operation: 'list' },
    'write',
  ],
  [
    'a choice that is one only beside the others',
    tool('thing', { what: { enum: ['list', 'delete'] } }),
    { what: 'delete' },
    'destructive',
  ],
  [
    'another choice that its server may take for the same',
    tool('thing', { action: choice }),
    { action: 'list', Action: 'delete' },
    'destructive',
  ],
  ['such a choice alone', tool('thing', { action: choice }), { ACTION: 'delete' }, 'destructive'],
  ['such a switch', tool('git_push', push, quiet), { delete: false, Delete: true }, 'destructive'],
  [
    'a choice whose name is a pattern',
    toolOf('thing', { patternProperties: { '^action$': choice } }),
    { action: 'delete' },
    'destructive',
  ],
  [
    'a choice within an argument of any name',
    toolOf('thing', { additionalProperties: { properties: { action: choice } } }),
    { any: { action: 'delete' } },
    'destructive',
  ],
  [
    'a choice that is also within an argument of any name',
    toolOf('thing', { properties: { action: choice }, additionalProperties: { $ref: '#' } }),
    { action: 'list', any: { action: 'delete' } },
    'destructive',
  ],
  [
    'a choice of one of several schemas of the call',
    toolOf('thing', { allOf: [{ $ref: '#/$defs/one' }], $defs: { one: { properties: { action: choice } } } }),
    { action: 'list' },
    'unknown',
  ],
  ['a name that destroys', tool('delete_branch', branch), { operation: 'list' }, 'destructive'],
  [
    'a statement beside it',
    tool('get_rows', { ...branch, sql: { type: 'string' } }, { readOnlyHint: true }),
    { operation: 'list' },
    'unknown',
  ],
])('%s', (_what, facts, call, expected) => {
  expect(classifyCall(facts, call as Record<string, unknown>).class).toBe(expected)
  if (expected !== classify(facts).class) expect(classVaries(facts)).toBe(true)
})

it('asks about a call that chooses what reads, whatever its server says', () => {
  const facts = tool('get_branches', branch, { readOnlyHint: true })
  const verdict = decide(facts, {}, {}, { args: { operation: 'list' }, place: ELSEWHERE })
  expect(verdict).toMatchObject({ kind: 'confirm', risk: 'unknown' })
})

it.each([
  [['destructive'], 'confirm'],
  [['read', 'unknown', 'write'], 'hidden'],
] as const)('is left out by a profile of classes %j as its tool is', (classes, kind) => {
  const call = { args: { operation: 'list' }, place: ELSEWHERE }
  expect(decide(tool('git_branch', branch, quiet), {}, { classes: [...classes] }, call).kind).toBe(kind)
})

it('varies for no tool without choices', () => {
  expect(classVaries(tool('delete_branch', branch))).toBe(false)
  expect(classVaries(tool('get_x', { id: {} }, { readOnlyHint: true }))).toBe(false)
})

const VERBS = ['list', 'get', 'create', 'update', 'restore', 'delete', 'purge']
const RANK = ['read', 'unknown', 'write', 'destructive']

const choices = fc.record(
  { enum: fc.subarray(VERBS).map((verbs) => [...verbs, 'list']), default: fc.constantFrom(...VERBS) },
  { requiredKeys: ['enum'] },
)
const switches = fc.record(
  { type: fc.constant('boolean'), default: fc.boolean() },
  { requiredKeys: ['type'] },
)
const OPTIONS = { action: choices, what: choices, delete: switches }
const members = fc.record(OPTIONS, { requiredKeys: [] }).map((properties) => ({ properties }))
const own = fc.record(OPTIONS, { requiredKeys: ['action'] })
const plain = own.map((properties) => ({ properties }))
const odd = fc.record(
  {
    properties: fc.record({ ...OPTIONS, in: members }, { requiredKeys: [] }),
    oneOf: fc.array(members, { maxLength: 2 }),
    additionalProperties: fc.oneof(members, fc.constant({ $ref: '#' })),
    patternProperties: fc.record({ '^(action|x)$': choices }),
  },
  { requiredKeys: [] },
)
const schemas: fc.Arbitrary<Schema> = fc.oneof(plain, odd)
const names = fc.constantFrom('action', 'Action', 'what', 'WHAT', 'delete', 'Delete', 'in', 'x')
const values = fc.oneof(fc.constantFrom(...VERBS), fc.boolean())
const given = fc.oneof(values, fc.dictionary(names, values, { maxKeys: 2 }))
const tools = fc.record({
  name: fc.constantFrom('thing', 'get_x', 'update_x', 'delete_x', 'run_query', 'read_and_thing'),
  schema: schemas,
  hints: fc.record({ readOnlyHint: fc.boolean(), destructiveHint: fc.boolean() }, { requiredKeys: [] }),
  unchanged: fc.boolean(),
})

interface Schema {
  readonly [word: string]: unknown
  readonly properties?: Readonly<Record<string, Schema>>
  readonly patternProperties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema
  readonly oneOf?: readonly Schema[]
  readonly enum?: readonly unknown[]
}

/** What a server does that reads names in any letters, and takes what its schema means by what is left out. */
function done(schema: Schema, call: object, root = schema): readonly unknown[] {
  const whole = schema['$ref'] === '#' ? root : schema
  return [whole, ...(whole.oneOf ?? [])].flatMap((part) => {
    const { properties = {}, patternProperties = {}, additionalProperties: rest } = part
    const named = Object.entries(properties)
    const leftOut = named
      .filter(([name]) => !Object.hasOwn(call, name))
      .map(([, one]) => chosen(one, one['default']))
    const ofCall = Object.entries(call).flatMap(([name, value]: [string, unknown]) =>
      [
        ...named.filter(([one]) => one.toLowerCase() === name.toLowerCase()).map(([, one]) => one),
        ...Object.entries(patternProperties).flatMap(([one, of]) => (new RegExp(one).test(name) ? [of] : [])),
        ...(rest === undefined || Object.hasOwn(properties, name) ? [] : [rest]),
      ].flatMap((one) =>
        value !== null && typeof value === 'object' ? done(one, value, root) : [chosen(one, value)],
      ),
    )
    return [...leftOut, ...ofCall]
  })
}

function chosen(schema: Schema, value: unknown): unknown {
  if (schema['type'] === 'boolean') return value === true ? 'delete' : undefined
  return schema.enum?.includes(value) === true ? value : undefined
}

it('never lets a call run that its tool would be asked about, nor classes one milder than what it does', () => {
  const seen = { milder: 0, destroying: 0 }
  fc.assert(
    fc.property(
      tools,
      fc.dictionary(names, given, { maxKeys: 3 }),
      ({ name, schema, hints, unchanged }, args) => {
        const facts = { ...toolOf(name, schema, hints), unchanged }
        const [can, does] = [classify(facts).class, classifyCall(facts, args).class]
        const called = decide(facts, {}, {}, { args, place: ELSEWHERE })
        expect(called.kind).toBe(decide(facts, {}).kind)
        expect(RANK.indexOf(does)).toBeLessThanOrEqual(RANK.indexOf(can))
        if (!classVaries(facts)) expect(does).toBe(can)
        if (does !== can) seen.milder += 1
        if (!done(schema, args).some((word) => word === 'delete' || word === 'purge')) return
        seen.destroying += 1
        expect(does).toBe('destructive')
      },
    ),
    { numRuns: 300 },
  )
  expect(Math.min(seen.milder, seen.destroying)).toBeGreaterThan(3)
})
