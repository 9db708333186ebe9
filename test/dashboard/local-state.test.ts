/** What is handed out at once is bounded, however much is asked, and what is left out is counted. */
import { describe, expect, it } from 'vitest'
import type { Pending } from '../../src/approval/facts/pending.ts'
import { localState } from '../../src/dashboard/local-state.ts'
import { pending } from './questions.ts'

const sidecar = { id: 'a', pid: 1, config: '/servers.yaml', host: 'Cursor', startedAt: 0 }
const MIB = 1024 * 1024
const questions = (...lengths: number[]): Pending[] =>
  lengths.map((length) => pending({ args: {} }, { text: 'x'.repeat(length) }))

describe('of the questions', () => {
  it.each<[string, Pending[], number]>([
    ['none', [], 0],
    ['a hundred are handed out', questions(...Array<number>(100).fill(10)), 100],
    ['those after the first hundred are not', questions(...Array<number>(103).fill(10)), 100],
    ['as many as fit', questions(MIB, MIB, 1), 2],
    ['one that is too large is, when it is the first', questions(3 * MIB, 1), 1],
    ['small ones behind a large one wait their turn', questions(1, 3 * MIB, 1), 1],
  ])('%s', (_what, all, expected) => {
    const state = localState({ sidecar, pending: all, denials: [], pageOpen: false, pageComing: false })
    expect(state.pending).toEqual(all.slice(0, expected))
    expect(state.more).toBe(all.length - expected)
  })
})

it.each<[string, string | undefined, string | undefined]>([
  ['that has not said its name', undefined, undefined],
  ['that has', 'Claude Desktop', 'Claude Desktop'],
  ['that hides something in it', 'Cur\u202Esor\n', 'Cur‹U+202E›sor‹U+000A›'],
  ['that talks on and on', 'x'.repeat(1000), 'x'.repeat(200)],
])('a host %s', (_what, host, expected) => {
  expect(
    localState({
      sidecar: { ...sidecar, host },
      pending: [],
      denials: [],
      pageOpen: true,
      pageComing: false,
    }),
  ).toEqual({
    sidecar: { ...sidecar, host: expected },
    pending: [],
    more: 0,
    pageOpen: true,
    pageComing: false,
  })
})
