/** Promise 8 against a child that never stops having children. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { RawHost, until } from '../e2e/support.ts'
import { lair, tool, type Lair } from './support.ts'

/** Every living process that a child of this place started, however it left: they all carry its environment. */
function offspring(where: Lair): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`PLAN=${join(where.dir, 'plan.json')}`)
      } catch {
        return false
      }
    })
    .map(Number)
}

describe.skipIf(process.platform !== 'linux')(
  'a child that has children all the time leaves none behind',
  () => {
    it.each(['SIGKILL', 'SIGTERM', 'end of stdin'] as const)('when the sidecar ends by %s', async (how) => {
      const where = lair({ tools: [tool('get_it')], do: { get_it: 'breed' } })
      const host = new RawHost(where)
      await host.initialize()
      await host.request('tools/call', { name: 'evil_get_it', arguments: {} })
      await until(() => offspring(where).length > 30, 'a brood')
      if (how === 'end of stdin') host.process.stdin?.end()
      else host.process.kill(how)
      await host.exited()
      try {
        await until(() => offspring(where).length === 0, 'all gone')
      } finally {
        for (const pid of offspring(where)) process.kill(pid, 'SIGKILL')
      }
      expect(offspring(where)).toEqual([])
    })
  },
)
