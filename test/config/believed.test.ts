/** Whose word a servers.yaml is about itself: that of whoever chose it, or nobody's (promise 5). */
import { chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { loadConfig, type ConfigChoice } from '../../src/config/load.ts'

const FILE = 'version: 1\nservers: {}\ntrust: off\napprovals: { browser: [./open] }\n'

async function load(choice: (dir: string) => Partial<ConfigChoice>) {
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-believed-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  mkdirSync(join(dir, 'home', 'sidemux'), { recursive: true })
  mkdirSync(join(dir, 'repository'))
  for (const at of ['home/sidemux', 'repository']) writeFileSync(join(dir, at, 'servers.yaml'), FILE)
  const { runnable, problems } = await loadConfig({ env: {}, cwd: dir, ...choice(dir) })
  return { trust: runnable?.trust, browser: runnable?.approvals.browser, warnings: problems.length }
}

const BELIEVED = { trust: 'off', browser: ['./open'], warnings: 0 }
const NOT = { trust: 'ask', browser: undefined, warnings: 2 }

it.each<[what: string, choice: (dir: string) => Partial<ConfigChoice>, expected: object]>([
  ['found where sidemux was started', (dir) => ({ cwd: join(dir, 'repository') }), NOT],
  ['named by a relative path', (dir) => ({ path: 'servers.yaml', cwd: join(dir, 'repository') }), NOT],
  [
    'named so by a variable',
    (dir) => ({ env: { SIDEMUX_CONFIG: './servers.yaml' }, cwd: join(dir, 'repository') }),
    NOT,
  ],
  ['named by its whole path', (dir) => ({ path: join(dir, 'repository/servers.yaml') }), BELIEVED],
  [
    'named so by a variable',
    (dir) => ({ env: { SIDEMUX_CONFIG: join(dir, 'repository/servers.yaml') } }),
    BELIEVED,
  ],
  [
    'in the directory for configurations',
    (dir) => ({ env: { XDG_CONFIG_HOME: join(dir, 'home') } }),
    BELIEVED,
  ],
  [
    'there, where sidemux was started too',
    (dir) => ({ env: { XDG_CONFIG_HOME: join(dir, 'home') }, cwd: join(dir, 'home/sidemux') }),
    BELIEVED,
  ],
  [
    'read again, by its whole path now',
    (dir) => ({ path: join(dir, 'repository/servers.yaml'), believed: false }),
    NOT,
  ],
  [
    'overridden from outside',
    (dir) => ({ env: { SIDEMUX_TRUST: 'first-use' }, cwd: join(dir, 'repository') }),
    { ...NOT, trust: 'first-use' },
  ],
])('%s', async (_what, choice, expected) => {
  expect(await load(choice)).toEqual(expected)
})

it.runIf(process.getuid?.() === 0)('not any more when it is somebody else’s by now', async () => {
  const others = (dir: string) => {
    const path = join(dir, 'repository/servers.yaml')
    chownSync(path, 65_534, 65_534)
    return { path, believed: true }
  }
  expect(await load(others)).toEqual(NOT)
})

it('a way to trust that is none is an error, and is not taken for one', async () => {
  await expect(load(() => ({ env: { SIDEMUX_TRUST: 'yes' } }))).rejects.toThrow('$SIDEMUX_TRUST')
})
