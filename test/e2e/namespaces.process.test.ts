/**
 * Two PID namespaces on one state directory, as with a host in Flatpak or a dev container: neither side takes the other's
 * sidecar for dead, and each says why nothing can be decided across (promise 8).
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { host1, place, run, until } from './support.ts'
import { canHaveWorlds, World } from './terminals.ts'

it.runIf(canHaveWorlds)(
  'approvals list on either side leaves the other’s sidecar alone, and tells of it',
  async () => {
    const where = place('version: 1\nservers: {}\napprovals: { channels: [page, terminal] }\n')
    const runs = (): string[] =>
      // The directory is made when the first one opens its door, which is after its first answer.
      (existsSync(join(where.state, 'run')) ? readdirSync(join(where.state, 'run')) : []).filter((name) =>
        name.endsWith('.json'),
      )
    const world = new World(where)
    await world.host()
    await until(() => runs().length === 1, 'the sidecar inside has its door open')
    await host1(where)
    await until(() => runs().length === 2, 'the one outside too')
    for (const listed of [
      await run(where, ['approvals', 'list', '--json', '--config', where.config]),
      await world.run(['approvals', 'list', '--json', '--config', where.config]),
    ]) {
      const { sidecars, elsewhere } = JSON.parse(listed.stdout || '{}') as { sidecars: []; elsewhere: [] }
      expect([sidecars.length, elsewhere.length], listed.stderr).toEqual([1, 1])
      expect(listed.stderr).toContain('takes no decision from outside')
    }
    expect(runs()).toHaveLength(2)
  },
)
