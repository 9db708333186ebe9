/** A server that wants all of the machine ends, alone and with all that it started (promises 1 and 8). */
import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { withoutBubblewrap } from '../confine/without-bubblewrap.ts'
import { host1, place, shared, textOf, until } from '../e2e/support.ts'
import { needs } from '../servers/needs.mjs'

const GREEDY = resolve(import.meta.dirname, '../servers/greedy.mjs')

const run = async (by: 'bubblewrap' | 'landlock') => {
  const entry = { command: 'node', args: [GREEDY], tools: { allow: ['*'] }, sandbox: 'required' }
  const greedy = JSON.stringify({ ...entry, limits: { memory: '200m', processes: 60 } })
  const where = place(`version: 1\nservers:\n  greedy: ${greedy}\n  calm: ${JSON.stringify(entry)}\n`)
  const env = by === 'bubblewrap' ? where.env : { ...where.env, ...withoutBubblewrap(where.dir) }
  return host1({ ...where, env })
}
const scenes = { bubblewrap: shared(() => run('bubblewrap')), landlock: shared(() => run('landlock')) }

function processesWith(word: string): number {
  const isIts = (pid: string): boolean => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(word)
    } catch {
      return false
    }
  }
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && isIts(name)).length
}

describe.runIf(needs('bwrap', 'perl', 'setsid'))('a confined server', () => {
  test.each([
    ['bubblewrap', 'a storm of shells', 'having more than 60 processes'],
    ['bubblewrap', 'a leak of a child', 'of memory (of at most 200 MiB)'],
    ['bubblewrap', 'files in memory', 'of memory (of at most 200 MiB)'],
    ['landlock', 'a storm that leaves its group', 'having more than 60 processes'],
    ['landlock', 'a leak', 'of memory (of at most 200 MiB)'],
  ] as const)('by %s: %s ends it, and others go on', async (by, way, why) => {
    const host = await scenes[by]()
    const word = randomUUID()
    const [greedy, calm] = await Promise.all([
      host.call('greedy_get_greedy', { way, word }),
      host.call('calm_get_calm', {}),
    ])
    expect(textOf(greedy)).toContain(`"greedy" was ended for`)
    expect(textOf(greedy)).toContain(why)
    expect(textOf(greedy)).toContain('"limits: {')
    expect(calm['isError']).not.toBe(true)
    await until(() => processesWith(word) === 0, 'the end of all that it started')
    // It is started again when it is called.
    expect((await host.call('greedy_get_calm', {}))['isError']).not.toBe(true)
  })
})
