/**
 * What one call costs in the sidecar, counted (promise 9): JSON written and parsed, hashes, and synchronous system calls.
 * Before it was looked at, a small call wrote JSON 78 times, hashed 5 times and called the system 14 times. A figure that
 * grows is work done twice, or has a reason; then the new figure stands here with the change that needs it.
 *
 * small: JSON is written to the server and to the host, and once to measure the result; parsed as it comes from each.
 * Hashed are the arguments, and two records with an anchor each, all four sealed with a key, which takes two hashes. (Anchors
 * were sealed all along, by a way that is not counted here and takes twice as long.) The system is called
 * for two records with an anchor each, one look for the log, and two for what is pinned: in servers.lock, and by this machine
 * alone.
 */
import { beforeAll, expect, it } from 'vitest'
import { costs, MODULES } from '../../bench/cost-of-a-call.mjs'
import type { Counts } from '../../bench/counting.mjs'
import { sourcesOf } from '../sources.ts'

const modules = await sourcesOf(MODULES)
let counted: Readonly<Record<string, Counts>> = {}

beforeAll(async () => {
  counted = await costs(modules)
})

/** At most; of JSON and of what is hashed also how long all of it is together. */
const MOST: [string, Partial<Counts>][] = [
  ['small', { writes: 3, written: 250, parses: 2, parsed: 200, hashes: 9, hashed: 1600, files: 7 }],
  // The argument is written to the server and hashed, both once; what is kept of it is tried at nine lengths up to 4 KiB.
  [
    'argument of 100 kB',
    { writes: 13, written: 140_000, parses: 2, parsed: 100_300, hashes: 9, hashed: 110_000, files: 7 },
  ],
  // The result is not written at all: its text is handed on.
  [
    'result of 100 kB',
    { writes: 2, written: 250, parses: 2, parsed: 100_300, hashes: 9, hashed: 1600, files: 7 },
  ],
  ['blocked', { writes: 2, written: 150, parses: 1, parsed: 130, hashes: 9, hashed: 1700, files: 7 }],
  // Grants, denials, what is known of the host and three records more. While somebody reads, timers keep the heads of the
  // log in files too, once or twice, so that neither files nor hashes are the call's.
  ['asks', { writes: 100, written: 5000, parses: 10, parsed: 2000 }],
]

it.each(MOST)('%s', (name, most) => {
  const counts = counted[name]
  const over = Object.entries(most).filter(
    ([what, limit]) => !((counts?.[what as keyof Counts] ?? NaN) <= limit),
  )
  expect(Object.fromEntries(over.map(([what]) => [what, counts?.[what as keyof Counts]]))).toEqual({})
})

it('counts at all', () => {
  for (const counts of Object.values(counted)) expect(Math.min(...Object.values(counts))).toBeGreaterThan(0)
  expect(counted['argument of 100 kB']?.hashed).toBeGreaterThan(100_000)
})
