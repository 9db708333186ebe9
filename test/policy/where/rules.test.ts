/** Rules that speak of arguments: what they make of a call, of the tool as it is listed, and of remembered yeses. */
import { describe, expect, test } from 'vitest'
import { explainVerdict } from '../../../src/policy/explain.ts'
import type { ProfileOptions, ToolRules } from '../../../src/policy/options.ts'
import { profileOptions, toolRules } from '../../../src/policy/options.ts'
import { rulesHash } from '../../../src/policy/rules-hash.ts'
import { decide, unmatchedPatterns } from '../../../src/policy/rules.ts'
import { ELSEWHERE } from '../../../src/policy/where/place.ts'

const write = { name: 'write_file', unchanged: true }
const read = { name: 'read_file', annotations: { readOnlyHint: true }, unchanged: true }

const NOTES = { tool: '*_file', where: { path: 'notes/**' } }
const IN = { path: 'notes/a.md' }
const OUT = { path: 'other/a.md' }
const OPEN = {}

type Args = Readonly<Record<string, unknown>> | undefined
type Case = [string, typeof write | typeof read, object, object | undefined, Args, string]

const cases: Case[] = [
  ['allow, fits', write, { allow: [NOTES] }, undefined, IN, 'allow'],
  ['allow, does not fit', write, { allow: [NOTES] }, undefined, OUT, 'confirm'],
  ['allow, does not fit, and reads', read, { allow: [NOTES] }, undefined, OUT, 'confirm'],
  ['allow, can not be judged', read, { allow: [NOTES] }, undefined, OPEN, 'confirm'],
  ['allow, leads out', write, { allow: [NOTES] }, undefined, { path: 'notes/%2e%2e/x' }, 'confirm'],
  ['allow, as listed', read, { allow: [NOTES] }, undefined, undefined, 'confirm'],
  ['allow of another tool', write, { allow: [{ ...NOTES, tool: 'x' }] }, undefined, IN, 'hidden'],
  ['a plain allow beside', write, { allow: [NOTES, 'write_*'] }, undefined, OUT, 'allow'],
  [
    'two, one fits',
    write,
    { allow: [NOTES, { tool: '*', where: { path: 'other/**' } }] },
    undefined,
    OUT,
    'allow',
  ],
  ['confirm, fits', read, { confirm: [NOTES] }, undefined, IN, 'confirm'],
  ['confirm, does not fit', read, { confirm: [NOTES] }, undefined, OUT, 'allow'],
  ['confirm, can not be judged', read, { confirm: [NOTES] }, undefined, OPEN, 'confirm'],
  ['confirm, as listed', read, { confirm: [NOTES] }, undefined, undefined, 'confirm'],
  ['confirm over allow', write, { allow: ['*'], confirm: [NOTES] }, undefined, IN, 'confirm'],
  ['confirm beside allow of others', read, { allow: ['x'], confirm: [NOTES] }, undefined, OUT, 'confirm'],
  ['block, fits', read, { allow: ['*'], block: [NOTES] }, undefined, IN, 'block'],
  ['block, does not fit', read, { allow: ['*'], block: [NOTES] }, undefined, OUT, 'allow'],
  ['block, can not be judged', read, { allow: ['*'], block: [NOTES] }, undefined, OPEN, 'confirm'],
  ['block, one of a list fits', read, { block: [NOTES] }, undefined, { path: ['x', 'notes/a'] }, 'block'],
  ['block, fits in one reading', read, { block: [NOTES] }, undefined, { path: 'x/%2e%2e/notes/a' }, 'block'],
  ['block, as listed', read, { block: [NOTES] }, undefined, undefined, 'confirm'],
  ['block over hidden', write, { allow: ['x'], block: [NOTES] }, undefined, IN, 'block'],
  ['hidden over what depends', write, { allow: ['x'], block: [NOTES] }, undefined, undefined, 'hidden'],
  ['profile allow, fits', write, { allow: ['*'] }, { allow: [NOTES] }, IN, 'allow'],
  ['profile allow, fits, never allows', write, {}, { allow: [NOTES] }, IN, 'confirm'],
  ['profile allow, does not fit', write, { allow: ['*'] }, { allow: [NOTES] }, OUT, 'block'],
  ['profile allow, can not be judged', write, { allow: ['*'] }, { allow: [NOTES] }, OPEN, 'confirm'],
  ['profile allow, as listed', read, {}, { allow: [NOTES] }, undefined, 'confirm'],
  ['profile block', read, { allow: ['*'] }, { block: [NOTES] }, IN, 'block'],
  ['profile confirm', read, { allow: ['*'] }, { confirm: [NOTES] }, IN, 'confirm'],
]

const of = (rules: object, profile: object | undefined): [ToolRules, ProfileOptions['tools']] => [
  toolRules.parse(rules),
  profileOptions.parse({ tools: profile }).tools,
]

describe('a rule with where', () => {
  test.each(cases)('%s', (_name, tool, rules, profile, args, expected) => {
    const [own, narrowing] = of(rules, profile)
    const call = args && { args, place: ELSEWHERE }
    const verdict = decide(tool, own, narrowing, call)
    expect(verdict.kind).toBe(expected)
    const explained = explainVerdict(tool, own, narrowing, undefined, call)
    expect(explained.verdict).toEqual(verdict)
    expect(explained.voices.filter(({ decides }) => decides)).toHaveLength(1)
  })

  test('says which rule decides, and what stands against it', () => {
    const [rules] = of({ allow: [NOTES] }, undefined)
    expect(decide(write, rules, undefined, { args: IN, place: ELSEWHERE })).toMatchObject({
      rule: 'tools.allow: *_file where { path: notes/** }',
      reason: 'A rule allows calls like this one.',
      varies: true,
    })
    expect(decide(write, rules, undefined, { args: OUT, place: ELSEWHERE }).reason).toBe(
      'A rule allows only other calls of this tool (argument "path": it is not where the rule says).',
    )
  })

  test('is part of what a remembered yes is bound to, and so is what is fixed', () => {
    const hash = (rules: object): string => rulesHash(toolRules.parse(rules), undefined, 'dev')
    const hashes = [
      { allow: ['*_file'] },
      { allow: [NOTES] },
      { allow: [{ ...NOTES, where: { path: 'notes/*' } }] },
      { confirm: [NOTES] },
      { allow: [NOTES], set: { write_file: { mode: 'a' } } },
      { allow: [NOTES], set: { write_file: { mode: 'b' } } },
    ].map(hash)
    expect(new Set(hashes).size).toBe(hashes.length)
    expect(hash({ allow: [NOTES, 'x'] })).toBe(hash({ allow: ['x', NOTES, NOTES] }))
  })

  test('that names no tool is found', () => {
    const rules = toolRules.parse({
      block: [{ tool: 'wirte_*', where: { path: 'x' } }],
      set: { nope: { a: 1 } },
    })
    expect(unmatchedPatterns(rules, ['write_file'])).toEqual(['wirte_*', 'nope'])
  })
})
