/** Packages of PyPI, installed by a stand-in for uv (test/servers/uv.mjs), since the real one can't be had here. */
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { wantedKey } from '../../src/packages/installed.ts'
import { packageToLock, type LockedPackage } from '../../src/packages/locked.ts'
import { Packages, type FoundPackage } from '../../src/packages/packages.ts'
import { wantedPackage } from '../../src/packages/wanted.ts'

const UV = resolve(import.meta.dirname, '../servers/uv.mjs')
const INDEX = {
  'mcp-server-git': { version: '2025.1.14', programs: ['mcp-server-git'] },
  several: { version: '3.0', programs: ['serve', 'other'] },
  built: { version: '1.0', programs: ['built'], source: true },
}

async function found(line: string, locked?: LockedPackage): Promise<FoundPackage> {
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-'))
  const index = join(dir, 'index.json')
  const configFile = join(dir, 'servers.yaml')
  const installer = join(dir, 'uv.mjs')
  writeFileSync(index, JSON.stringify(INDEX))
  writeFileSync(configFile, '')
  cpSync(UV, installer)
  chmodSync(installer, 0o755)
  const packages = new Packages({
    stateDir: join(dir, 'state'),
    configFile,
    now: () => 1,
    inLock: () => ({ locked, isStrict: false, file: 'servers.lock' }),
    onInstalling: () => {},
  })
  onTestFinished(async () => {
    await packages.close()
    const kept = join(dir, 'state', 'packages')
    for (const name of existsSync(kept) ? readdirSync(kept) : []) await packages.store.remove(name)
    rmSync(dir, { recursive: true, force: true })
  })
  const [command = '', ...args] = line.split(' ')
  const wanted = wantedPackage({ command, args })
  if (wanted === undefined) throw new Error('nothing to install')
  const env = { PATH: process.env['PATH'] ?? '', UV_INDEX: index }
  const key = wantedKey(wanted, false)
  const order = { server: 'a', launchHash: 'launch', wanted, installer, env, scripts: false, key }
  const never = new AbortController().signal
  const first = await packages.find(order, never)
  expect(await packages.find(order, never)).toEqual({ ...first, isFresh: false })
  return first
}

it('a program of a package runs from where it was put, by the Python of the machine', async () => {
  const { installed, tree } = await found('uvx --with several mcp-server-git@2025.1.14 --repository .')
  expect(installed).toMatchObject({
    name: 'mcp-server-git',
    version: '2025.1.14',
    integrity: expect.stringMatching(/^sha256:[0-9a-f]{64} of 2 files$/),
    parts: [{ path: 'several', version: '3.0' }],
    start: { by: 'itself', file: 'venv/bin/mcp-server-git' },
  })
  expect(execFileSync(join(tree, installed.start.file), { encoding: 'utf8' })).toBe('ran mcp-server-git\n')
  expect(lstatSync(join(tree, 'venv/bin/python')).isSymbolicLink()).toBe(true)
})

const GIT = { registry: 'pypi', name: 'mcp-server-git', version: '2025.1.14', integrity: '' } as const

it('is installed in the version that servers.lock holds, where the entry and its registry have that (promise 5)', async () => {
  const { installed } = await found('uvx mcp-server-git')
  const locked = packageToLock(installed)
  expect(locked).toEqual({ ...GIT, integrity: installed.integrity })
  expect((await found('uvx mcp-server-git', locked)).installed.content).toBe(installed.content)
})

it.each([
  [
    'with other contents',
    'uvx mcp-server-git',
    { ...GIT, integrity: 'sha256:00' },
    /is not what servers\.lock holds/,
  ],
  ['which the registry has not', 'uvx mcp-server-git', { ...GIT, version: '1.0' }, /no version fits/],
  [
    'which the entry does not ask for',
    'uvx mcp-server-git@2025.1.14',
    { ...GIT, version: '1.0' },
    /no version fits/,
  ],
  [
    'which is another package',
    'uvx mcp-server-git',
    { ...GIT, name: 'several' },
    /servers\.lock holds several/,
  ],
])('one that servers.lock holds, %s, is not started', async (_what, line, locked, message) => {
  await expect(found(line, locked)).rejects.toMatchObject({
    message: expect.stringMatching(message),
    hint: expect.stringContaining('"sidemux update a"'),
    retryable: false,
  })
})

it.each([
  ['uvx nowhere', /no package of that name/],
  ['uvx built', /it would have to be built here/],
  ['uvx several', /several has no program "several"/],
])('%s is not started, and the words say why', async (line, message) => {
  await expect(found(line)).rejects.toThrow(message)
})
