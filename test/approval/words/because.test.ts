import { expect, it } from 'vitest'
import { because } from '../../../src/approval/words/because.ts'
import { argumentFactsOf } from '../../../src/policy/risk/arguments.ts'
import type { ToolRules } from '../../../src/policy/options.ts'
import { decide, pinVerdict } from '../../../src/policy/rules.ts'

interface Case {
  readonly name: string
  readonly hints?: Record<string, unknown>
  readonly schema?: unknown
  readonly changed?: true
  readonly isNew?: true
  readonly rules?: ToolRules
}

const action = { type: 'object', properties: { action: { enum: ['list', 'delete'] } } }
const cases: [Case, string][] = [
  [{ name: 'delete_issue' }, 'Its name says “delete”, so what it takes away may be gone for good.'],
  [
    { name: 'delete_issue', hints: { readOnlyHint: true } },
    'Its name says “delete”, so what it takes away may be gone for good, although github says that it only reads.',
  ],
  [
    { name: 'manage', schema: action },
    'One of its arguments says “delete”, so what it takes away may be gone for good.',
  ],
  [
    { name: 'get_issue', hints: { destructiveHint: true } },
    'github itself says that get_issue can destroy what is there.',
  ],
  [
    { name: 'get_issue', hints: { destructiveHint: true, readOnlyHint: true } },
    'github says of get_issue both that it only reads and that it can destroy.',
  ],
  [{ name: 'create_issue' }, 'Its name says “create”, so it changes something.'],
  [
    { name: 'get_issue', hints: { readOnlyHint: false } },
    'github itself says that get_issue changes something.',
  ],
  [{ name: 'get_issue' }, "github doesn't say whether get_issue only reads, so you are asked."],
  [{ name: 'frob' }, "github doesn't say whether frob only reads, so you are asked."],
  [
    { name: 'frob', hints: { readOnlyHint: true } },
    "github says that frob only reads, but its name doesn't tell, so you are asked.",
  ],
  [
    { name: 'query', schema: { type: 'object', properties: { sql: { type: 'string' } } } },
    'It runs what it is given, so what it does stands in its arguments.',
  ],
  [
    { name: 'get_issue', hints: { readOnlyHint: true }, changed: true },
    'github changed get_issue since it was first seen, so you are asked again.',
  ],
  [
    { name: 'get_issue', changed: true, rules: { allow: ['get_*'] } },
    'github changed get_issue since it was first seen, so it may not be what you allowed.',
  ],
  [
    { name: 'delete_issue', changed: true },
    'Its name says “delete”, so what it takes away may be gone for good. Its definition also changed since it was first seen.',
  ],
  [
    { name: 'get_issue', hints: { readOnlyHint: true }, isNew: true },
    'github has get_issue only since it was first seen, so nobody has accepted it yet; your yes does.',
  ],
  [
    { name: 'query', isNew: true, schema: { type: 'object', properties: { sql: { type: 'string' } } } },
    'It runs what it is given, so what it does stands in its arguments. It is also new since github was first seen, and your yes accepts it.',
  ],
  [
    { name: 'create_issue', isNew: true },
    'Its name says “create”, so it changes something. It is also new since github was first seen, and your yes accepts it.',
  ],
  [
    { name: 'get_issue', rules: { confirm: ['get_*'] } },
    'Your rule “tools.confirm: get_*” asks before it is used.',
  ],
]
it.each(cases)('%j', ({ name, hints, schema, changed, isNew, rules = {} }, words) => {
  const tool = {
    name,
    arguments: argumentFactsOf(schema),
    unchanged: changed !== true && isNew !== true,
    ...(isNew === undefined ? {} : { isNew }),
    ...(hints === undefined ? {} : { annotations: hints }),
  }
  const verdict = pinVerdict(decide(tool, rules), tool)
  expect(because({ server: 'github', verdict, tool })).toBe(words)
})

it('says of a tool that is new that a yes accepts it (promise 5)', () => {
  const tool = { name: 'get_x', annotations: { readOnlyHint: true }, unchanged: false, isNew: true }
  for (const rules of [{}, { allow: ['*'] }])
    expect(because({ server: 'github', verdict: pinVerdict(decide(tool, rules), tool), tool })).toBe(
      'github has get_x only since it was first seen, so nobody has accepted it yet; your yes does.',
    )
})

it('of what is no tool says what the verdict says, as a sentence', () => {
  const verdict = { kind: 'confirm', risk: 'read', rule: 'default', reason: 'it has free text' } as const
  expect(because({ server: 'github', verdict })).toBe('It has free text.')
  expect(because({ server: 'github', verdict: { ...verdict, rule: 'resources.confirm: file:*' } })).toBe(
    'Your rule “resources.confirm: file:*” asks before it is used.',
  )
})
