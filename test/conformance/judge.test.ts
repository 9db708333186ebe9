/** What makes `npm run conformance` fail: a surprise in either direction, also one that hides as a check not reached. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { judge, type Results } from './judge.mjs'

type Statuses = Readonly<Record<string, Readonly<Record<string, string>>>>

function resultsOf(scenarios: Statuses): Results {
  return new Map(
    Object.entries(scenarios).map(([scenario, checks]) => [
      scenario,
      new Map(Object.entries(checks).map(([id, status]) => [id, { status }])),
    ]),
  )
}

interface Case {
  readonly what: string
  readonly straight?: Statuses
  readonly results: Statuses
  readonly expected: Readonly<Record<string, string>>
  readonly unexpected?: readonly string[]
  readonly stale?: readonly string[]
}

const PASSES = { list: { a: 'SUCCESS', b: 'SUCCESS' } }
const CASES: readonly Case[] = [
  { what: 'all passes', straight: PASSES, results: PASSES, expected: {} },
  { what: 'a failure', results: { list: { a: 'FAILURE' } }, expected: {}, unexpected: ['list:a'] },
  { what: 'a warning', results: { list: { a: 'WARNING' } }, expected: {}, unexpected: ['list:a'] },
  { what: 'what says nothing', results: { list: { a: 'INFO', b: 'SKIPPED' } }, expected: {} },
  { what: 'an expected scenario', results: { list: { a: 'FAILURE' } }, expected: { list: 'why' } },
  { what: 'an expected check', results: { list: { a: 'FAILURE' } }, expected: { 'list:a': 'why' } },
  {
    what: 'a failure beside an expected one',
    results: { list: { a: 'FAILURE', b: 'FAILURE' } },
    expected: { 'list:a': 'why' },
    unexpected: ['list:b'],
  },
  {
    what: 'a check that is skipped behind sidemux only',
    straight: PASSES,
    results: { list: { a: 'SUCCESS', b: 'SKIPPED' } },
    expected: {},
    unexpected: ['list:b'],
  },
  {
    what: 'a check that is not reached behind sidemux',
    straight: PASSES,
    results: { list: { a: 'SUCCESS' } },
    expected: {},
    unexpected: ['list:b'],
  },
  {
    what: 'a scenario that did not run behind sidemux',
    straight: PASSES,
    results: {},
    expected: {},
    unexpected: ['list:a', 'list:b'],
  },
  { what: 'a stale scenario', results: PASSES, expected: { list: 'why' }, stale: ['list'] },
  {
    what: 'a stale check beside one that fails',
    results: { list: { a: 'FAILURE', b: 'SUCCESS' } },
    expected: { 'list:a': 'why', 'list:b': 'why' },
    stale: ['list:b'],
  },
  { what: 'a line for what is not run', results: PASSES, expected: { lits: 'why' }, stale: ['lits'] },
  {
    what: 'a message off the schema in a scenario that is expected to fail',
    results: { list: { a: 'FAILURE', 'wire-schema-valid': 'FAILURE' } },
    expected: { list: 'why' },
    unexpected: ['list:wire-schema-valid'],
  },
]

test.each(CASES)('$what', ({ straight, results, expected, unexpected = [], stale = [] }) => {
  const before = straight === undefined ? undefined : resultsOf(straight)
  const verdict = judge(resultsOf(results), before, expected)
  expect(verdict.unexpected.map(({ check }) => check)).toEqual(unexpected)
  expect(verdict.stale).toEqual(stale)
})

test('a row counts what passes straight as the whole', () => {
  const [row] = judge(resultsOf({ list: { a: 'SUCCESS' } }), resultsOf(PASSES), { list: 'not built' }).rows
  expect(row).toEqual({ scenario: 'list', passed: 1, total: 2, ok: false, why: 'not built' })
})

test('every line of the expected failures says why', () => {
  const why = z.record(z.string(), z.string().min(20))
  const byRevision = z.strictObject({ '2025-11-25': why, '2026-07-28': why })
  const file = join(import.meta.dirname, 'expected-failures.yaml')
  const shape = z.strictObject({ leftOut: why, straight: byRevision, sidemux: byRevision })
  expect(shape.parse(parse(readFileSync(file, 'utf8')))).toBeDefined()
})
