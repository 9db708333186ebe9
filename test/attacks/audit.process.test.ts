/** Promise 6: no call without a record of it, whatever happens to the log while the sidecar runs. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { runHere } from '../e2e/run-here.ts'
import { HereHost } from '../e2e/serve-here.ts'
import { RawHost, textOf, until } from '../e2e/support.ts'
import { lair, tool, type Lair } from './support.ts'

const segments = (where: Lair): string[] =>
  readdirSync(join(where.state, 'audit'))
    .filter((name) => name.endsWith('.jsonl'))
    .map((name) => join(where.state, 'audit', name))

async function running(
  Kind: typeof RawHost = HereHost,
): Promise<{ where: Lair; host: RawHost; call: () => Promise<string> }> {
  const where = lair({ tools: [tool('get_it')] })
  const host = new Kind(where)
  await host.initialize()
  await host.request('tools/list')
  const call = async (): Promise<string> => {
    const { result } = await host.request('tools/call', { name: 'evil_get_it', arguments: {} })
    return textOf(result ?? {})
  }
  expect(await call()).toBe('ran')
  return { where, host, call }
}

const FULL = process.platform === 'linux'

it.skipIf(!FULL)(
  'a disk that fills up stops calls, and making room lets them through again; the chain holds',
  async () => {
    const { where, host, call } = await running(RawHost)
    const limit = (size: string): void =>
      void execFileSync('prlimit', ['--pid', String(host.process.pid), `--fsize=${size}:unlimited`])
    const [file = ''] = segments(where)
    limit(String(statSync(file).size + 100))
    expect(await call()).toContain('the audit log can not be written')
    expect(await call()).toContain('the audit log can not be written')
    expect(where.calls()).toHaveLength(1)
    limit('unlimited')
    expect(await call()).toBe('ran')
    expect(where.calls()).toHaveLength(2)
    expect((await runHere(where, ['audit', 'verify'])).code).toBe(0)
  },
)

it.each([
  ['is deleted', (file: string) => rmSync(file)],
  ['is moved away', (file: string) => renameSync(file, join(file, '../../elsewhere'))],
  [
    'is moved away and replaced',
    (file: string) => {
      renameSync(file, join(file, '../../elsewhere'))
      writeFileSync(file, '')
    },
  ],
  ['goes with its whole directory', (file: string) => renameSync(join(file, '..'), join(file, '../../gone'))],
])('when the log %s, nothing runs any more', async (_what, act) => {
  const { where, call } = await running()
  for (const file of segments(where)) act(file)
  expect(await call()).toContain('the audit log can not be written')
  expect(where.calls()).toHaveLength(1)
})

it('a sidemux that is killed with many calls in flight: each that reached the server is in the log', async () => {
  const where = lair({ tools: [tool('get_it')] }, { entry: { rateLimit: '100000/second' } })
  let of = 0
  for (let round = 0; round < 4; round += 1) {
    const host = new RawHost(where)
    await host.initialize()
    await host.request('tools/list')
    // It dies as soon as so many were answered, with the rest on their way.
    let answered = 0
    for (let n = 0; n < 500; n += 1) {
      const { answer } = host.start('tools/call', { name: 'evil_get_it', arguments: { of: (of += 1) } })
      void answer.then(() => (answered += 1) === 60 * (round + 1) && host.process.kill('SIGKILL'))
    }
    expect((await host.exited()).signal).toBe('SIGKILL')
  }
  const intended = segments(where)
    .flatMap((file) => readFileSync(file, 'utf8').split('\n').slice(0, -1))
    .map((line) => JSON.parse(line) as { phase?: string; arguments?: { of?: number } })
    .flatMap((record) => (record.phase === 'intent' ? (record.arguments?.of ?? []) : []))
  const unwritten = where.calls().filter(({ args }) => !intended.includes(Number(args['of'])))
  expect([where.calls().length > 200, unwritten]).toEqual([true, []])
  expect((await runHere(where, ['audit', 'verify'])).code).toBe(0)
})

it('a log that can’t be opened keeps everything from starting', async () => {
  const where = lair({ tools: [tool('get_it')] })
  mkdirSync(where.state, { recursive: true })
  writeFileSync(join(where.state, 'audit'), 'not a directory')
  const { code, stderr } = await runHere(where, ['call', 'evil', 'get_it', '--config', where.config])
  expect(code).not.toBe(0)
  expect(stderr).toMatch(/audit directory[^]*hint: /)
  expect(where.starts()).toEqual([])
})

it.each<[string, string, Record<string, unknown>]>([
  ['of nothing that is offered', 'no_such_', {}],
  ['of a tool that is blocked', 'evil_get_blocked', { tools: { block: ['get_blocked'] } }],
  ['beyond a limit', 'evil_get_it', { rateLimit: '5/hour' }],
  ['of a server that is down', 'evil_get_it', { command: 'no-such-program-here' }],
])('a loop of calls %s fills no disk: their number is written', async (_what, name, entry) => {
  const where = lair({ tools: [tool('get_it'), tool('get_blocked')] }, { entry })
  const host = new HereHost(where)
  await host.initialize()
  await host.request('tools/list')
  const loop = Array.from({ length: 1000 }, async (_, n) => {
    const { error, result } = await host.request('tools/call', {
      name: name.endsWith('_') ? `${name}${n}` : name,
      arguments: {},
    })
    return error !== undefined || result?.['isError'] === true
  })
  expect((await Promise.all(loop)).filter(Boolean).length).toBeGreaterThanOrEqual(995)
  const isTold = (): boolean =>
    segments(where).some((file) => readFileSync(file, 'utf8').includes('"calls":'))
  await until(isTold, 'their number is written')
  const { stdout } = await runHere(where, ['audit', 'show', '--json', '--limit', '5000'])
  expect(stdout).toContain('"calls":')
  expect(stdout.split('\n').length).toBeLessThan(320)
  expect(where.calls().length).toBeLessThanOrEqual(5)
})
