/** A neighbour's words are taken as they are, or not at all. */
import { describe, expect, it } from 'vitest'
import { answerResponse, localStateSchema, openResponse } from '../../src/dashboard/neighbours/replies.ts'
import { parseJson } from '../../src/json/parse.ts'
import { writeJson } from '../../src/json/write.ts'
import { offer, pending, sidecar } from './questions.ts'

const crossed = (value: unknown): unknown => parseJson(writeJson(value))
const LONG_URI = `file:///${'a'.repeat(100_000)}`
const denied = { id: 'd', server: 'db', tool: 'drop', since: 1, until: 2 }
const change = { member: 'description', before: '"a"', after: '"b"' }

describe('a state', () => {
  it.each([
    ['without a question', sidecar([])],
    ['of a host that has not said its name', sidecar([], { host: undefined })],
    ['with a question', sidecar([pending({ args: { path: '/a', deep: { list: [1, null] } } })])],
    ['with a yes that waits', sidecar([pending({ args: {} }, { state: 'approved', waiting: false })])],
    ['of which nothing may be remembered', sidecar([pending({ args: {} }, { offer: undefined })])],
    ['with the use of a resource', sidecar([pending({ kind: 'resource', tool: LONG_URI, args: {} })])],
    [
      'with a reason in plain words',
      sidecar([pending({ args: {}, because: 'Its name says that it deletes.' })]),
    ],
    ['of the use of a model', sidecar([pending({ kind: 'sampling', args: {} })])],
    [
      'with a group that can be granted, and a no that can last',
      sidecar([
        pending(
          { args: { a: 1 } },
          {
            denyMs: 3_600_000,
            offer: {
              ...offer('write', ['a']),
              fixedByDefault: ['a'],
              within: { a: { folders: ['/x/y/z'], byDefault: '/x/y/z' }, b: { folders: ['/x/y/w'] } },
              group: { tools: ['get_a', '__proto__'], patterns: ['get_*'], maxMs: 1 },
            },
          },
        ),
      ]),
    ],
    [
      'with tools that are denied',
      { ...sidecar([]), denials: [denied, { ...denied, kind: 'prompt' as const }] },
    ],
    ['of a definition that changed', sidecar([pending({ args: {}, changes: [change], description: 'b' })])],
  ])('%s crosses whole', (_what, state) => {
    expect(localStateSchema.parse(crossed(state))).toEqual(state)
  })

  const good = sidecar([pending({ args: {} })])
  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['a sidecar without an id', { ...good, sidecar: { ...good.sidecar, id: undefined } }],
    ['an id that is no id', { ...good, sidecar: { ...good.sidecar, id: 'a'.repeat(65) } }],
    ['more questions than are handed out', { ...good, pending: Array(1001).fill(good.pending[0]) }],
    ['a state that we do not know', { ...good, pending: [{ ...good.pending[0], state: 'granted' }] }],
    ['a kind that we do not know', { ...good, pending: [pending({ kind: 'root' as never, args: {} })] }],
    ['arguments that are none', { ...good, pending: [pending({ args: [] as never })] }],
    ['fewer than none', { ...good, more: -1 }],
  ])('%s is none', (_what, state) => {
    expect(localStateSchema.safeParse(crossed(state)).success).toBe(false)
  })
})

it.each([
  [{ outcomes: ['done', 'gone', 'decided', 'refused'] }, true],
  [{ outcomes: [] }, true],
  [{ outcomes: ['approved'] }, false],
  [{ outcomes: 'done' }, false],
])('outcomes: %j', (value, expected) => {
  expect(answerResponse.safeParse(value).success).toBe(expected)
})

it.each([
  [{ opened: true }, { opened: true }],
  [
    { opened: false, why: 'later', further: 1 },
    { opened: false, why: 'later' },
  ],
  [{ opened: 'yes' }, undefined],
])('opened: %j', (value, expected) => {
  expect(openResponse.safeParse(value).data).toEqual(expected)
})
