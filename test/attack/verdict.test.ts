/** What an attempt of `npm run attack` comes to: an attempt that works may never be shown as kept. */
import { expect, test } from 'vitest'
import { badness, counts, outcomeOf, tableOf } from '../../attack/verdict.mjs'

test.each([
  ['what is got outweighs what it said', { loot: ['ssh'], failed: 'EACCES' }, {}, 'leak'],
  ['what was changed outweighs what it said', { changed: ['.bashrc'], failed: 'EACCES' }, {}, 'write'],
  ['somebody was reached who says nothing', { reached: ['bystander'] }, {}, 'reach'],
  ['its word is the proof', { said: 'opened' }, { shows: 'said' }, 'done'],
  ['its word is the proof, and it says no', { failed: 'EPERM' }, { shows: 'said' }, 'kept'],
  ['nothing came of it', { said: 'true' }, {}, 'kept'],
  ['the manual says that it works', { loot: ['port'] }, { open: 'it has the network' }, 'open'],
  ['it took all that it wanted', { said: '1500 processes' }, { storm: true }, 'storm'],
  ['it was stopped', { failed: 'stopped at 64 processes' }, { storm: true }, 'kept'],
  ['its program is not there', { failed: 'spawnSync gdb ENOENT' }, { shows: 'said' }, 'unable'],
  ['a file is not there, which is how it is kept', { failed: 'ENOENT' }, {}, 'kept'],
])('%s', (_, seen, attempt, outcome) => {
  expect(outcomeOf(seen, attempt)).toBe(outcome)
})

test('each outcome that counts is worse than one that does not', () => {
  for (const bad of ['leak', 'write', 'reach', 'done', 'stays']) {
    expect([bad, counts(bad)]).toEqual([bad, true])
    for (const other of ['open', 'kept', 'unable', 'storm'])
      expect([bad, other, badness(bad) > badness(other)]).toEqual([bad, other, true])
  }
})

test('a table has a column for each mode, and a gap where nothing was tried', () => {
  expect(tableOf(['none', 'srt'], [{ id: 'yes: a yes', cells: ['leak', undefined] }])).toBe(
    'attack      none   srt\nyes: a yes  LEAKS',
  )
})
