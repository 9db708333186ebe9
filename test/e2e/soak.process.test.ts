/**
 * Promises 6, 7 and 8 in the middle of everything at once: four servers that end during calls, answer in another order and
 * are noisy; cancels, large results, and ids as numbers and texts with the same digits. In full: npm run soak.
 */
import { expect, it } from 'vitest'
import { soak, soakConfig } from '../../bench/soaking.mjs'
import { place, run, SIDEMUX, yamlOf } from './support.ts'

const CALLS = 2000

it('answers each of 2,000 calls exactly once with its own answer, and writes down all of them', async () => {
  const where = place(`version: 1\n${yamlOf(soakConfig())}\n`)
  const command = [process.execPath, ...SIDEMUX, 'serve', '--config', where.config]
  const counts = await soak(command, where.env, { calls: CALLS, endsEvery: 397 })
  expect(counts).toMatchObject({ unanswered: 0, strange: 0, wrong: 0, strangeProgress: 0 })
  expect(counts.right + counts.failed + counts.cancelled).toBe(CALLS)
  // Five servers end in the middle of calls, which fail, and no others have to.
  expect(counts.failed).toBeGreaterThanOrEqual(5)
  expect(counts.right).toBeGreaterThan(CALLS / 2)
  expect((await run(where, ['audit', 'verify'])).code).toBe(0)
})
