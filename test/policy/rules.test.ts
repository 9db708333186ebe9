import * as fc from '../random.ts'
import { describe, expect, test } from 'vitest'
import { toolRules } from '../../src/policy/options.ts'
import type { ProfileOptions, ToolRules } from '../../src/policy/options.ts'
import { decide, unmatchedPatterns } from '../../src/policy/rules.ts'

const READ = { readOnlyHint: true }
const get = { name: 'get_item', annotations: READ, unchanged: true }
const create = { name: 'create_item', annotations: { destructiveHint: false }, unchanged: true }
const remove = { name: 'delete_item', unchanged: true }

type Profile = ProfileOptions['tools']
const cases: [string, typeof get | typeof create | typeof remove, ToolRules, Profile, string, string][] = [
  ['a tool that reads', get, {}, undefined, 'allow', 'risk'],
  ['a tool that writes', create, {}, undefined, 'confirm', 'risk'],
  ['a tool that destroys', remove, {}, undefined, 'confirm', 'risk'],
  ['a read-only claim that changed', { ...get, unchanged: false }, {}, undefined, 'confirm', 'risk'],
  ['allow is final', remove, { allow: ['delete_*'] }, undefined, 'allow', 'tools.allow: delete_*'],
  [
    'allow is final for what changed',
    { ...get, unchanged: false },
    { allow: ['get_*'] },
    undefined,
    'allow',
    'tools.allow: get_*',
  ],
  [
    'confirm over allow',
    get,
    { allow: ['*'], confirm: ['get_*'] },
    undefined,
    'confirm',
    'tools.confirm: get_*',
  ],
  [
    'block over everything',
    get,
    { allow: ['*'], confirm: ['*'], block: ['x', 'get_*'] },
    undefined,
    'block',
    'tools.block: get_*',
  ],
  ['not named by allow', get, { allow: ['list_*'] }, undefined, 'hidden', 'tools.allow'],
  ['not named by allow, and judged', get, { allow: ['list_*'], others: 'judge' }, undefined, 'allow', 'risk'],
  [
    'not named, judged, and destructive',
    remove,
    { allow: ['x'], others: 'judge' },
    undefined,
    'confirm',
    'risk',
  ],
  [
    'not named, and hidden by word',
    get,
    { allow: ['x'], others: 'hide' },
    undefined,
    'hidden',
    'tools.allow',
  ],
  ['judge without allow', remove, { others: 'judge' }, undefined, 'confirm', 'risk'],
  [
    'judged, and left out by a profile',
    get,
    { allow: ['x'], others: 'judge' },
    { allow: ['x'] },
    'hidden',
    'profile allow',
  ],
  ['an empty allow', get, { allow: [] }, undefined, 'hidden', 'tools.allow'],
  [
    'named by confirm only',
    remove,
    { allow: ['list_*'], confirm: ['delete_*'] },
    undefined,
    'confirm',
    'tools.confirm: delete_*',
  ],
  [
    'block over hidden',
    get,
    { allow: ['list_*'], block: ['get_*'] },
    undefined,
    'block',
    'tools.block: get_*',
  ],
  ['confirm alone hides nothing', get, { confirm: ['delete_*'] }, undefined, 'allow', 'risk'],
  ['profile allow never allows', remove, {}, { allow: ['*'] }, 'confirm', 'risk'],
  ['profile allow hides', get, { allow: ['*'] }, { allow: ['list_*'] }, 'hidden', 'profile allow'],
  [
    'profile confirm does not bring back',
    get,
    {},
    { allow: ['list_*'], confirm: ['get_*'] },
    'hidden',
    'profile allow',
  ],
  ['profile classes hide', create, { allow: ['*'] }, { classes: ['read'] }, 'hidden', 'profile classes'],
  ['profile classes keep', get, {}, { allow: ['*'], classes: ['read'] }, 'allow', 'risk'],
  ['no classes at all', get, {}, { classes: [] }, 'hidden', 'profile classes'],
  [
    'profile confirm adds',
    get,
    { allow: ['*'] },
    { confirm: ['get_*'] },
    'confirm',
    'profile confirm: get_*',
  ],
  ['profile block adds', get, { allow: ['*'] }, { block: ['get_*'] }, 'block', 'profile block: get_*'],
  [
    'profile confirm does not unhide',
    get,
    { allow: ['list_*'] },
    { confirm: ['get_*'] },
    'hidden',
    'tools.allow',
  ],
]

describe('decide (promise 4)', () => {
  test.each(cases)('%s', (_, tool, rules, profile, kind, rule) => {
    const verdict = decide(tool, rules, profile)
    expect(verdict).toMatchObject({ kind, rule })
    expect(verdict.reason).toMatch(/\.$/)
  })

  const patterns = fc.option(fc.array(fc.constantFrom('*', 'get_*', 'delete_*', 'create_item', 'nothing')), {
    nil: undefined,
  })
  const strictness = { allow: 0, confirm: 1, hidden: 2, block: 3 } as const

  test('a profile never makes a verdict laxer', () => {
    const classes = fc.option(fc.subarray(['read', 'write', 'destructive'] as const), { nil: undefined })
    fc.assert(
      fc.property(
        fc.constantFrom(get, create, remove),
        fc.record({ allow: patterns, confirm: patterns, block: patterns }),
        fc.record({ allow: patterns, confirm: patterns, block: patterns, classes }),
        (tool, rules, profile) => {
          const without = decide(tool, rules)
          const within = decide(tool, rules, { ...profile, classes: profile.classes && [...profile.classes] })
          expect(strictness[within.kind]).toBeGreaterThanOrEqual(strictness[without.kind])
        },
      ),
    )
  })

  test('nothing but an operator allow, or a believed read-only claim, lets a tool run unasked', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.boolean(),
        (name, annotations, unchanged) => {
          const { kind, risk } = decide({ name, annotations, unchanged }, {})
          expect(kind === 'allow').toBe(risk === 'read')
          if (kind === 'allow') expect([annotations['readOnlyHint'], unchanged]).toEqual([true, true])
        },
      ),
    )
  })
})

describe('tools: rules', () => {
  test('a pattern that matches no tool is reported once', () => {
    const rules = {
      allow: ['get_*', 'lst_*'],
      confirm: ['lst_*'],
      block: ['delete_repo'],
      rateLimit: { 'x*': '1/day' },
    }
    expect(unmatchedPatterns(rules, ['get_a', 'list_b'])).toEqual(['lst_*', 'delete_repo', 'x*'])
    expect(unmatchedPatterns({}, [])).toEqual([])
  })

  test('a pattern that can match nothing is refused where it is written', () => {
    const issues = toolRules.safeParse({ block: ['delete_{a,b'] }).error?.issues
    expect(issues?.map(({ path, message }) => [path, message])).toEqual([
      [['block', 0], 'a "{" is never closed'],
    ])
  })
})
