/**
 * A config whose entry starts sidemux on itself, seen and unseen: the number of processes stays small, the other servers
 * work, and nothing is left (promises 1 and 8).
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, it, test } from 'vitest'
import { runHere } from './run-here.ts'
import { CLI, everythingIn, place, RawHost, TOOLBOX, until, type Place } from './support.ts'

/** Processes of this test: those that name its directory, or stand in it. */
function processesOf(where: Place): number {
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && belongs(pid, where)).length
}

function belongs(pid: string, { dir }: Place): boolean {
  try {
    return `${readFileSync(`/proc/${pid}/cmdline`, 'utf8')} ${readFileSync(`/proc/${pid}/environ`, 'utf8')}`.includes(
      dir,
    )
  } catch {
    return false
  }
}

/** Written for each way in; `@@` is the place's directory. */
const WAYS: readonly (readonly [way: string, entry: object, script: string | undefined])[] = [
  [
    'seen, by --config',
    { command: 'node', args: [CLI, 'serve', '--config', '@@/servers.yaml'], sandbox: 'off' },
    undefined,
  ],
  [
    'unseen, by a program that starts it',
    { command: './wrap', sandbox: 'off' },
    `#!${process.execPath}
    require('node:child_process').spawn(process.execPath, ['${CLI}', '--con' + 'fig', '@@/servers.yaml'], { stdio: 'inherit' })`,
  ],
  [
    'unseen, with an empty environment',
    { command: './wrap', sandbox: 'off' },
    `#!${process.execPath}
    const config = '@@/servers.yaml'
    require('node:child_process').spawn('/usr/bin/env', ['-i', 'PATH=/usr/bin', 'HOME=@@', process.execPath, '${CLI}', '--config', config], { stdio: 'inherit' })`,
  ],
  [
    'unseen, by the working directory',
    { command: './wrap', sandbox: 'off' },
    `#!${process.execPath}
    require('node:child_process').spawn(process.execPath, ['${CLI}'], { stdio: 'inherit', cwd: '@@' })`,
  ],
]

test.each(WAYS)('%s: the other servers work, and processes stay few', async (way, entry, script) => {
  const where = place('version: 1\nservers: {}\n')
  const here = (text: string): string => text.replaceAll('@@', where.dir)
  const servers = { mux: entry, o: { command: 'node', args: [TOOLBOX], sandbox: 'off' } }
  writeFileSync(
    where.config,
    here(JSON.stringify({ version: 1, servers, approvals: { channels: ['elicitation'] } })),
  )
  if (script !== undefined) {
    // Of CommonJS, whatever is above.
    writeFileSync(join(where.dir, 'package.json'), '{}')
    writeFileSync(join(where.dir, 'wrap'), here(script))
    chmodSync(join(where.dir, 'wrap'), 0o755)
  }
  const host = new RawHost(where)
  await host.initialize()
  await host.request('tools/list')
  const said = way.startsWith('seen')
    ? 'starts sidemux on this very file'
    : 'served by a sidemux above this one already'
  let most = 0
  const look = (): boolean => {
    most = Math.max(most, processesOf(where))
    return everythingIn(where.state).includes(said)
  }
  await until(look, 'it is refused')
  // It is started again now, and were it not refused, there would be more each time.
  for (let looks = 0; looks < 5; looks++) {
    look()
    await pause(200)
  }
  expect(most).toBeLessThanOrEqual(4)
  const { result } = await host.request('tools/list')
  const names = (result as { tools: { name: string }[] }).tools.map(({ name }) => name)
  expect(names.some((name) => name.startsWith('o_'))).toBe(true)
  expect(names.filter((name) => name.startsWith('mux'))).toEqual([])
  host.process.stdin?.end()
  await host.exited()
  await until(() => processesOf(where) === 0, 'no process is left')
})

it('another one with a file of its own works, a third below that is refused', async () => {
  const entry = (config: string) => ({
    command: 'node',
    args: [CLI, 'serve', '--config', config],
    // A sidemux in a sandbox has neither its file nor its state.
    sandbox: 'off',
    inheritEnv: ['SIDEMUX_TRUST'],
  })
  const where = place('version: 1\nservers: {}\n')
  const file = (name: string): string => join(where.dir, name)
  const write = (name: string, servers: object): void =>
    writeFileSync(file(name), JSON.stringify({ version: 1, servers }))
  write('servers.yaml', { in: { ...entry(file('b.yaml')), description: 'b' } })
  write('b.yaml', { deep: entry(file('c.yaml')), o: { command: 'node', args: [TOOLBOX], sandbox: 'off' } })
  write('c.yaml', { o: { command: 'node', args: [TOOLBOX], sandbox: 'off' } })
  const host = new RawHost(where)
  await host.initialize()
  const listed = async (): Promise<string[]> => {
    const { result } = await host.request('tools/list')
    return (result as { tools: { name: string }[] }).tools.map(({ name }) => name)
  }
  await until(
    async () => (await listed()).some((name) => name.startsWith('in_o_')),
    'the nested tools are there',
  )
  await pause(2000)
  expect((await listed()).filter((name) => name.includes('deep'))).toEqual([])
  expect(processesOf(where)).toBeLessThanOrEqual(5)
  host.process.stdin?.end()
  await host.exited()
  await until(() => processesOf(where) === 0, 'no process is left')
})

it('where the processes above tell nothing, a variable does', async () => {
  const where = place('version: 1\nservers: {}\n')
  const { markBelow, ABOVE } = await import('../../src/config/loop/above.ts')
  const mark = markBelow(where.config, {}, 'darwin') ?? ''
  const other = markBelow(join(where.dir, 'other.yaml'), { [ABOVE]: 'one' }, 'win32') ?? ''
  for (const [value, message] of [
    [mark, /is served by a sidemux above this one already/],
    [`one,${mark}`, /is served by a sidemux above this one already/],
    [other, /no more than 2 sidemuxes run one below the other/],
  ] as const) {
    const { code, stderr } = await runHere({ ...where, env: { ...where.env, [ABOVE]: value } }, [
      'serve',
      '--config',
      where.config,
    ])
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)])
  }
  expect(
    (await runHere({ ...where, env: { ...where.env, [ABOVE]: 'one' } }, ['serve', '--config', where.config]))
      .code,
  ).toBe(0)
  // What npx and a shell put between a host and sidemux is none.
  const out = execFileSync(
    'sh',
    ['-c', `${process.execPath} ${CLI} tools --config ${where.config}; exit $?`],
    { env: where.env },
  )
  expect(String(out)).not.toContain('above')
})
