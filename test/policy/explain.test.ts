import * as fc from '../random.ts'
import { describe, expect, test } from 'vitest'
import { explainVerdict } from '../../src/policy/explain.ts'
import type { ProfileOptions, ToolRules } from '../../src/policy/options.ts'
import { rulesHash } from '../../src/policy/rules-hash.ts'
import { applying, decide, pinVerdict } from '../../src/policy/rules.ts'

const remove = { name: 'delete_item', annotations: { readOnlyHint: true }, unchanged: true }

/** `kind rule`, and a star at the one that decides. */
function voices(...of: Parameters<typeof explainVerdict>): string[] {
  return explainVerdict(...of).voices.map(({ kind, rule, decides }) => `${decides ? '*' : ''}${kind} ${rule}`)
}

describe('every rule that speaks of a tool, strictest first', () => {
  const cases: [string, ToolRules, ProfileOptions['tools'], boolean, string[]][] = [
    ['risk alone', {}, undefined, true, ['*confirm risk']],
    ['an allow that is final', { allow: ['*'] }, undefined, true, ['*allow tools.allow: *', 'confirm risk']],
    [
      'an allow of what changed',
      { allow: ['*'] },
      undefined,
      false,
      ['*confirm pin', 'allow tools.allow: *', 'confirm risk'],
    ],
    [
      'everything at once',
      { allow: ['*'], confirm: ['delete_*'], block: ['*_item'] },
      { allow: ['get_*'], confirm: ['*'], block: ['delete_item'], classes: ['read'] },
      false,
      [
        '*block tools.block: *_item',
        'block profile block: delete_item',
        'hidden profile allow',
        'hidden profile classes',
        'confirm tools.confirm: delete_*',
        'confirm profile confirm: *',
        'allow tools.allow: *',
        'confirm risk',
        'confirm pin',
      ],
    ],
    ['not named by allow', { allow: ['get_*'] }, undefined, true, ['*hidden tools.allow', 'confirm risk']],
  ]
  test.each(cases)('%s', (_, rules, profile, unchanged, expected) => {
    expect(voices({ ...remove, unchanged }, rules, profile)).toEqual(expected)
  })
})

test('what comes before all rules decides, and they are told all the same', () => {
  const before = { kind: 'hidden', risk: 'read', rule: 'apps', reason: 'It is for pages.' } as const
  const of: Parameters<typeof explainVerdict> = [
    { ...remove, unchanged: false },
    { block: ['delete_*'] },
    undefined,
    before,
  ]
  expect(voices(...of)).toEqual([
    '*hidden apps',
    'block tools.block: delete_*',
    'confirm risk',
    'confirm pin',
  ])
  expect(explainVerdict(...of).verdict).toEqual(before)
})

describe('what the risk was made of', () => {
  const cases: [string, string, Record<string, unknown>, boolean, string, string, string[]][] = [
    [
      'a name against a claim',
      'delete_x',
      { readOnlyHint: true },
      true,
      'destructive',
      'delete',
      ['readOnlyHint: true, because its name or an argument says "delete"'],
    ],
    [
      'a name against two claims',
      'delete_x',
      { readOnlyHint: true, destructiveHint: false },
      true,
      'destructive',
      'delete',
      [
        'readOnlyHint: true, because its name or an argument says "delete"',
        'destructiveHint: false, because its name or an argument says "delete"',
      ],
    ],
    [
      'claims against each other',
      'get_x',
      { readOnlyHint: true, destructiveHint: true },
      true,
      'destructive',
      'get',
      ['readOnlyHint: true, because the server also says destructive'],
    ],
    [
      'a change against a claim',
      'get_x',
      { readOnlyHint: true },
      false,
      'unknown',
      'get',
      ['readOnlyHint: true, because its definition changed since it was first seen'],
    ],
    ['a claim that is believed', 'get_x', { readOnlyHint: true }, true, 'read', 'get', []],
    ['a claim that is no boolean', 'get_x', { readOnlyHint: 'true' }, true, 'unknown', 'get', []],
    [
      'a name that changes and does not destroy',
      'create_x',
      { destructiveHint: false },
      true,
      'write',
      'create',
      [],
    ],
  ]
  test.each(cases)('%s', (_, name, annotations, unchanged, risk, word, against) => {
    const { risk: found } = explainVerdict({ name, annotations, unchanged }, {})
    expect(found.class).toBe(risk)
    expect(found.saying.word).toBe(word)
    expect(found.disbelieved).toEqual(against)
  })
})

const pattern = fc.constantFrom('*', 'get_*', '{delete,get}_item', 'create_item', 'x')
const patterns = fc.option(fc.array(pattern, { maxLength: 3 }), { nil: undefined })
const anyTool = fc.record({
  name: fc.constantFrom('get_item', 'delete_item', 'create_item', 'getAndDelete', 'x'),
  annotations: fc.record(
    { readOnlyHint: fc.constantFrom(true, false, 'true'), destructiveHint: fc.boolean() },
    { requiredKeys: [] },
  ),
  unchanged: fc.boolean(),
})
const anyRules = fc
  .record({ allow: patterns, confirm: patterns, block: patterns })
  .map((rules) => defined(rules) as ToolRules)
const anyProfile = fc
  .record({
    allow: patterns,
    confirm: patterns,
    block: patterns,
    classes: fc.option(fc.subarray(['read', 'unknown', 'write', 'destructive'] as const), { nil: undefined }),
  })
  .map((profile) => defined(profile) as ProfileOptions['tools'])

function defined(object: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined))
}

test('what is explained is what is decided, and exactly one rule decides', () => {
  fc.assert(
    fc.property(anyTool, anyRules, anyProfile, (tool, rules, profile) => {
      const { verdict, voices, risk } = explainVerdict(tool, rules, profile)
      expect(verdict).toEqual(pinVerdict(decide(tool, rules, profile), tool))
      const deciding = voices.filter(({ decides }) => decides)
      expect(deciding).toEqual([
        { kind: verdict.kind, rule: verdict.rule, reason: verdict.reason, decides: true },
      ])
      expect(voices[0]?.decides).toBe(true)
      expect(risk.class).toBe(verdict.risk)
      expect(voices.length).toBe(applying(tool, rules, profile).length + (tool.unchanged ? 0 : 1))
    }),
    { numRuns: 1000 },
  )
})

describe('the hash of the rules that grants are bound to', () => {
  const rules: ToolRules = { allow: ['get_*', 'list_*'], confirm: ['x'] }
  const hash = rulesHash(rules, { classes: ['read', 'write'] }, 'dev')
  test('says nothing of order, repetition and rate limits', () => {
    const same: ToolRules = {
      rateLimit: { x: '1/hour' },
      confirm: ['x'],
      allow: ['list_*', 'get_*', 'list_*'],
    }
    expect(rulesHash(same, { classes: ['write', 'read'] }, 'dev')).toBe(hash)
    expect(rulesHash({}, undefined, 'dev')).toBe(rulesHash({}, {}, 'dev'))
  })
  test.each<[string, ToolRules, ProfileOptions['tools'], string]>([
    ['allow', { ...rules, allow: ['get_*'] }, { classes: ['read', 'write'] }, 'dev'],
    ['confirm', { ...rules, confirm: [] }, { classes: ['read', 'write'] }, 'dev'],
    ['block', { ...rules, block: ['y'] }, { classes: ['read', 'write'] }, 'dev'],
    ['an empty block', { ...rules, block: [] }, { classes: ['read', 'write'] }, 'dev'],
    ['no profile', rules, undefined, 'dev'],
    ['classes', rules, { classes: ['read'] }, 'dev'],
    ["the profile's allow", rules, { classes: ['read', 'write'], allow: ['*'] }, 'dev'],
    ["the profile's confirm", rules, { classes: ['read', 'write'], confirm: ['*'] }, 'dev'],
    ["the profile's block", rules, { classes: ['read', 'write'], block: ['*'] }, 'dev'],
    ['the environment', rules, { classes: ['read', 'write'] }, 'prod'],
  ])('changes with %s', (_, other, profile, environment) => {
    expect(rulesHash(other, profile, environment)).not.toBe(hash)
  })
})
