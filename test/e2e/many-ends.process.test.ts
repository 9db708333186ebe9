/** Many servers that don't want to end, ended at once (promise 8). */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'
import { isAlive } from '../upstream/harness.ts'
import { place, RawHost, until, yamlOf } from './support.ts'

const STUBBORN = resolve(import.meta.dirname, '../servers/stubborn.sh')
const MANY = 24

it.skipIf(process.platform === 'win32').each(['end of stdin', 'SIGTERM', 'SIGKILL'])(
  'of 24 that ignore everything none is left after %s',
  async (how) => {
    const where = place('version: 1\nservers: {}\n')
    const pidFile = join(where.out, 'pids.txt')
    const server = { command: '/bin/sh', args: [STUBBORN], env: { PIDS: pidFile }, sandbox: 'off' }
    const servers = Object.fromEntries(Array.from({ length: MANY }, (_, index) => [`s${index}`, server]))
    const full = place(yamlOf({ version: 1, servers, defaults: { listWait: '60s' } }))
    const pids = (): number[] => readFileSync(pidFile, 'utf8').trim().split('\n').map(Number)
    const host = new RawHost(full)
    await host.initialize()
    await host.request('tools/list')
    expect(pids()).toHaveLength(MANY)
    if (how === 'end of stdin') host.process.stdin?.end()
    else host.process.kill(how as NodeJS.Signals)
    const { code } = await host.exited()
    if (how !== 'SIGKILL') {
      expect(code).toBe(0)
      expect(pids().filter(isAlive)).toEqual([])
    }
    await until(() => !pids().some(isAlive), 'all gone')
  },
)
