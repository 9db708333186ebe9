/** Which of the processes of a moment are sidecars: what runs other servers, and not what only looks at them. */
import { expect, it } from 'vitest'
import { createWorldOf } from '../../src/dashboard/caller/world.ts'

const CLI = '/opt/sidemux/dist/cli.js'

it.each<[string, readonly string[], boolean]>([
  ['the server of a host', [CLI, 'serve', '--config', 'x'], true],
  ['the server of a host, without a verb', [CLI], true],
  ['a call', [CLI, 'call', 'files', 'read_file'], true],
  ['a list of tools', [CLI, 'tools'], true],
  ['a command by its name', ['/usr/bin/sidemux', 'serve'], true],
  ['another program', ['/opt/other.js', 'serve'], false],
  ...['approvals', 'audit', 'check', 'login', 'logout', 'logs', 'policy', 'secrets'].map(
    (verb): [string, readonly string[], boolean] => [`no server: ${verb}`, [CLI, verb, '--follow'], false],
  ),
])('%s', async (_what, args, isSidecar) => {
  const worldOf = createWorldOf({
    cli: CLI,
    runs: async () => [],
    adopter: async () => undefined,
    own: 1,
    launchers: () => new Set(),
  })
  const found = { pid: 50, ppid: 1, uid: 1000, start: 100, name: 'node', argv: ['node', ...args] }
  const { sidecars } = await worldOf(new Map([[50, { ...found, leadsTerminal: false }]]))
  expect(sidecars.has(50)).toBe(isSidecar)
})
