/** Promise 6: no call without a record of it, whatever happens to the log while the sidecar runs. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { RawHost, run, textOf } from '../e2e/support.ts'
import { lair, tool, type Lair } from './support.ts'

const segments = (where: Lair): string[] =>
  readdirSync(join(where.state, 'audit'))
    .filter((name) => name.endsWith('.jsonl'))
    .map((name) => join(where.state, 'audit', name))

async function running(): Promise<{ where: Lair; host: RawHost; call: () => Promise<string> }> {
  const where = lair({ tools: [tool('get_it')] })
  const host = new RawHost(where)
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
    const { where, host, call } = await running()
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
    expect((await run(where, ['audit', 'verify'])).code).toBe(0)
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

it('a log that can’t be opened keeps everything from starting', async () => {
  const where = lair({ tools: [tool('get_it')] })
  mkdirSync(where.state, { recursive: true })
  writeFileSync(join(where.state, 'audit'), 'not a directory')
  const { code, stderr } = await run(where, ['call', 'evil', 'get_it', '--config', where.config])
  expect(code).not.toBe(0)
  expect(stderr).toMatch(/audit directory[^]*hint: /)
  expect(where.starts()).toEqual([])
})
