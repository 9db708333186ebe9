import { describe, expect, it } from 'vitest'
import { inWords, shortIds } from '../../src/commands/approvals/ids.ts'

describe('ids as people copy them', () => {
  const CASES: [string, string[], string[]][] = [
    ['eight characters are enough', ['0123456789', 'abcdefghij'], ['01234567', 'abcdefgh']],
    ['more where they begin alike', ['0123456789ab', '0123456789cd'], ['0123456789a', '0123456789c']],
    ['the same twice is one', ['0123456789', '0123456789'], ['01234567']],
    ['one that is the beginning of another', ['01234567', '0123456789'], ['01234567', '012345678']],
    ['none', [], []],
  ]
  it.each(CASES)('%s', (_what, ids, short) => {
    expect([...shortIds(ids).values()]).toEqual(short)
  })
})

it.each([
  [-5, '0s'],
  [999, '0s'],
  [12_900, '12s'],
  [60_000, '1m'],
  [590_000, '9m50s'],
  [28_799_000, '7h59m'],
  [2_592_000_000, '30d'],
])('%d ms reads as %s', (ms, words) => {
  expect(inWords(ms)).toBe(words)
})
