/** Packages of npm, installed by npm itself from a registry on loopback. */
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { skippedScripts, wantedKey } from '../../src/packages/installed.ts'
import { packageToLock, type LockedPackage, type PackageInLock } from '../../src/packages/locked.ts'
import { Packages, type PackageOrder } from '../../src/packages/packages.ts'
import { wantedPackage } from '../../src/packages/wanted.ts'
import { installed as installedProgram } from '../../src/confine/confiner/programs.ts'
import { startRegistry, type Registry } from '../servers/registry.mjs'

const BIN = '#!/usr/bin/env node\nconsole.log("ran")\n'
const never = new AbortController().signal

interface Scene {
  readonly registry: Registry
  readonly dir: string
  readonly packages: Packages
  readonly another: () => Packages
  /** What servers.lock says. */
  readonly lock: { says: PackageInLock }
  readonly order: (line: string, server?: string, scripts?: boolean) => PackageOrder
}

async function scene(): Promise<Scene> {
  const registry = await startRegistry()
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-'))
  const configFile = join(dir, 'servers.yaml')
  writeFileSync(configFile, '')
  writeFileSync(join(dir, '.npmrc'), `registry=${registry.url}\n`)
  const lock: Scene['lock'] = { says: { locked: undefined, isStrict: false, file: 'servers.lock' } }
  const opened: Packages[] = []
  const another = (): Packages => {
    const packages = new Packages({
      stateDir: join(dir, 'state'),
      configFile,
      now: () => 1,
      inLock: () => lock.says,
      onInstalling: () => {},
    })
    opened.push(packages)
    return packages
  }
  onTestFinished(async () => {
    await Promise.all(opened.map(async (one) => one.close()))
    await registry.close()
    freed(dir)
    rmSync(dir, { recursive: true, force: true })
  })
  const order = (line: string, server = 'a', scripts = false): PackageOrder => {
    const [command = '', ...args] = line.split(' ')
    const wanted = wantedPackage({ command, args })
    const installer = installedProgram('npm', `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`)
    if (wanted === undefined || installer === undefined) throw new Error('nothing to install')
    const env = { HOME: dir, PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}` }
    const key = wantedKey(wanted, scripts)
    return { server, launchHash: 'launch', wanted, installer, env, scripts, key }
  }
  return { registry, dir, packages: another(), another, lock, order }
}

/** `srv` in two versions; what servers.lock holds where the first was accepted, which is all that it says of a package. */
async function twoVersions(): Promise<Scene & { readonly locked: LockedPackage }> {
  const all = await scene()
  const integrity = all.registry.publish('srv', '1.0.0', { bin: 'main.js' }, { 'main.js': BIN })
  all.registry.publish('srv', '1.1.0', { bin: 'main.js' }, { 'main.js': BIN })
  return { ...all, locked: { registry: 'npm', name: 'srv', version: '1.0.0', integrity } }
}

/** Whoever isn't root can't remove what lies in a directory that may not be written. */
function freed(dir: string): void {
  for (const one of readdirSync(dir, { withFileTypes: true }))
    if (one.isDirectory()) {
      chmodSync(join(dir, one.name), 0o700)
      freed(join(dir, one.name))
    }
}

describe('a package', () => {
  it('is installed once, and started again without a registry in the version that it had (promise 5)', async () => {
    const { registry, packages, another, order } = await scene()
    const integrity = registry.publish('srv', '1.2.3', { bin: 'main.js' }, { 'main.js': BIN })
    const first = await packages.find(order('npx -y srv'), never)
    expect(first.installed).toMatchObject({ name: 'srv', version: '1.2.3', integrity, parts: [] })
    expect(readFileSync(join(first.tree, first.installed.start.file), 'utf8')).toBe(BIN)
    registry.publish('srv', '2.0.0', { bin: 'main.js' }, { 'main.js': BIN })
    await registry.close()
    const asked = registry.requests.length
    const again = await another().find(order('npx -y srv'), never)
    expect(again).toEqual({ ...first, isFresh: false })
    expect(registry.requests).toHaveLength(asked)
  })

  it('brings what it needs, and no script of it runs', async () => {
    const { registry, packages, order, dir } = await scene()
    const mark = join(dir, 'ran')
    const scripts = { postinstall: `node -e "require('fs').writeFileSync('${mark}', '')"` }
    registry.publish('needed', '1.0.0', { scripts })
    registry.publish(
      '@scope/srv',
      '1.0.0',
      { bin: { one: 'a.js' }, dependencies: { needed: '^1.0.0' }, scripts },
      { 'a.js': BIN },
    )
    const { installed } = await packages.find(order('npx @scope/srv@latest'), never)
    expect(installed.parts.map(({ path, version }) => `${path}@${version}`)).toEqual([
      'node_modules/needed@1.0.0',
    ])
    expect(skippedScripts(installed)).toEqual(['@scope/srv@1.0.0', 'needed@1.0.0'])
    expect(existsSync(mark)).toBe(false)
  })

  it('is installed by one of those who want it at once', async () => {
    const { registry, packages, another, order } = await scene()
    registry.publish('srv', '1.0.0', { bin: 'main.js' }, { 'main.js': BIN })
    const all = await Promise.all(
      [packages, packages, another()].map(async (one) => one.find(order('npx srv'), never)),
    )
    expect(all.map(({ installed }) => installed.content)).toEqual(Array(3).fill(all[0]?.installed.content))
    expect(registry.requests.filter(({ path }) => path.endsWith('.tgz'))).toHaveLength(1)
  })

  it('goes on being installed when the one who waited for it is gone', async () => {
    const { registry, packages, order } = await scene()
    registry.publish('srv', '1.0.0', { bin: 'main.js' }, { 'main.js': BIN })
    const asks = new AbortController()
    asks.abort()
    await expect(packages.find(order('npx srv'), asks.signal)).rejects.toMatchObject({
      message: '"a" is being installed: srv has not come yet.',
      retryable: true,
    })
    expect((await packages.find(order('npx srv'), never)).installed.version).toBe('1.0.0')
    expect(registry.requests.filter(({ path }) => path.endsWith('.tgz'))).toHaveLength(1)
  })

  it('that was changed is not started, and an update installs it anew', async () => {
    const { registry, packages, order } = await scene()
    registry.publish('srv', '1.0.0', { bin: 'main.js' }, { 'main.js': BIN, 'lib/x.js': '' })
    const { tree, installed } = await packages.find(order('npx srv'), never)
    const file = join(tree, 'node_modules/srv/lib/x.js')
    chmodSync(file, 0o600)
    writeFileSync(file, 'evil()')
    await expect(packages.find(order('npx srv'), never)).rejects.toMatchObject({
      message: '"a" is not started: the installed files of srv are not as they were installed.',
      hint: expect.stringContaining('"sidemux update a"'),
      retryable: false,
    })
    packages.take('a', await packages.fetch(order('npx srv')))
    expect(readFileSync(file, 'utf8')).toBe('')
    expect((await packages.find(order('npx srv'), never)).installed.content).toBe(installed.content)
  })

  it('of which the files are gone is installed in the version that it had', async () => {
    const { registry, packages, order } = await scene()
    registry.publish('srv', '1.0.0', { bin: 'main.js' }, { 'main.js': BIN })
    const { installed } = await packages.find(order('npx srv'), never)
    await packages.store.remove(installed.content)
    registry.publish('srv', '1.1.0', { bin: 'main.js' }, { 'main.js': BIN })
    const again = await packages.find(order('npx srv'), never)
    expect(again).toMatchObject({
      isFresh: true,
      installed: { version: '1.0.0', content: installed.content },
    })
  })

  it('that no servers.yaml names goes, unless somebody runs it', async () => {
    const { registry, packages, order } = await scene()
    registry.publish('srv', '1.0.0', { bin: 'main.js' }, { 'main.js': BIN })
    const old = await packages.find(order('npx srv'), never)
    registry.publish('srv', '2.0.0', { bin: 'main.js' }, { 'main.js': BIN })
    packages.take('a', await packages.fetch(order('npx srv')))
    expect(await packages.sweep()).toBe(0)
    // Its sidemux has ended.
    const users = join(dirname(old.tree), 'users')
    for (const name of readdirSync(users)) rmSync(join(users, name))
    expect(await packages.sweep()).toBe(1)
    expect(existsSync(old.tree)).toBe(false)
    expect((await packages.find(order('npx srv'), never)).installed.version).toBe('2.0.0')
  })
})

describe('with servers.lock (promise 5)', () => {
  it.each(['npx srv', 'npx srv@latest', 'npx srv@^1.0.0'])(
    '%s is installed on a machine that has nothing in the version that it holds, and not in the newest',
    async (line) => {
      const { lock, locked, packages, order } = await twoVersions()
      lock.says = { ...lock.says, locked }
      const { installed } = await packages.find(order(line), never)
      expect(packageToLock(installed)).toEqual(locked)
    },
  )

  it('what this machine had before gives way to what it holds, and what it does not hold stays', async () => {
    const { lock, locked, packages, another, order } = await twoVersions()
    expect((await packages.find(order('npx srv'), never)).installed.version).toBe('1.1.0')
    lock.says = { ...lock.says, locked }
    expect(await packages.find(order('npx srv'), never)).toMatchObject({
      isFresh: true,
      installed: { version: '1.0.0' },
    })
    lock.says = { ...lock.says, locked: undefined }
    expect(await another().find(order('npx srv'), never)).toMatchObject({
      isFresh: false,
      installed: { version: '1.0.0' },
    })
  })

  it('what its registry has put in the place of a version is not started, and no script of it runs', async () => {
    const { registry, lock, locked, packages, order, dir } = await twoVersions()
    const other = registry.publish('srv', '1.0.0', { bin: 'main.js' }, { 'main.js': `${BIN}evil()` })
    expect(other).not.toBe(locked.integrity)
    lock.says = { ...lock.says, locked }
    let ran = 0
    const runScripts = async (): Promise<void> => void (ran += 1)
    await expect(packages.find({ ...order('npx srv', 'a', true), runScripts }, never)).rejects.toMatchObject({
      message: expect.stringMatching(/what the registry has as srv 1\.0\.0 is not what servers\.lock holds/),
      hint: expect.stringContaining('Run "sidemux update a"'),
      retryable: false,
    })
    expect(ran).toBe(0)
    expect(packages.book.of('a')).toBeUndefined()
    expect(readdirSync(join(dir, 'state', 'packages')).filter((name) => name.endsWith('.draft'))).toEqual([])
  })

  it('a version that the entry does not ask for is not started, nor one that is gone', async () => {
    const { lock, locked, packages, order } = await twoVersions()
    lock.says = { ...lock.says, locked }
    await expect(packages.find(order('npx srv@^1.1.0'), never)).rejects.toMatchObject({
      message: '"a" is not started: servers.lock holds srv 1.0.0 for it, and its entry asks for srv@^1.1.0.',
      retryable: false,
    })
    lock.says = { ...lock.says, locked: { ...locked, version: '1.0.7' } }
    await expect(packages.find(order('npx srv'), never)).rejects.toMatchObject({
      message:
        '"a" is not started: srv@1.0.7, as servers.lock holds it, could not be installed, since no version fits what is written.',
      hint: expect.stringContaining('sidemux update a'),
    })
  })

  it('nothing is installed for a strict server of which it holds no package, and nothing asked of a registry', async () => {
    const { registry, lock, packages, order } = await twoVersions()
    const asked = registry.requests.length
    lock.says = { ...lock.says, isStrict: true }
    await expect(packages.find(order('npx srv'), never)).rejects.toMatchObject({
      message: expect.stringContaining('servers.lock does not hold which version of srv it runs'),
      hint: expect.stringContaining('"sidemux pin a --all"'),
    })
    expect(registry.requests).toHaveLength(asked)
  })
})

it.each<[what: string, line: string, make: (scene: Scene) => unknown, message: RegExp, retryable: boolean]>([
  [
    'without a network',
    'npx srv',
    ({ registry }) => registry.close(),
    /srv .* since the registry could not be reached/,
    true,
  ],
  [
    'while the registry is down',
    'npx srv',
    ({ registry: { fault } }) => (fault.status = 503),
    /could not be reached/,
    true,
  ],
  ['of a name that there is not', 'npx other', () => {}, /no package of that name/, false],
  ['in a version that there is not', 'npx srv@9', () => {}, /no version fits/, false],
  [
    'without the login that it takes',
    'npx srv',
    ({ registry: { fault } }) => (fault.token = 'made-up'),
    /wants a login/,
    false,
  ],
  [
    'that is another than the registry says',
    'npx srv',
    ({ registry: { fault } }) => (fault.damaged = true),
    /is not what it says itself/,
    true,
  ],
  ['whose programs are several', 'npx many', () => {}, /many has no program that is the only one/, false],
  ['without the program that is named', 'npx -p srv other', () => {}, /srv has no program "other"/, false],
])('a package %s is not started, and the words say why', async (_what, line, make, message, retryable) => {
  const all = await scene()
  all.registry.publish('srv', '1.0.0', { bin: 'main.js' }, { 'main.js': BIN })
  all.registry.publish('many', '1.0.0', { bin: { one: 'a.js', two: 'b.js' } }, { 'a.js': BIN, 'b.js': BIN })
  await make(all)
  await expect(all.packages.find(all.order(line), never)).rejects.toMatchObject({
    message: expect.stringMatching(message),
    retryable,
  })
  expect(readdirSync(join(all.dir, 'state', 'packages'))).toEqual([])
})

it('a token of your own .npmrc reaches its registry, and no word of ours', async () => {
  const { registry, packages, order, dir } = await scene()
  registry.fault.token = 'made-up-token-0123456789'
  const { host } = new URL(registry.url)
  writeFileSync(
    join(dir, '.npmrc'),
    `registry=${registry.url}\n//${host}/:_authToken=made-up-token-0123456789\n`,
  )
  registry.publish('srv', '1.0.0', { bin: 'main.js' }, { 'main.js': BIN })
  const { installed } = await packages.find(order('npx srv'), never)
  expect(registry.requests.at(-1)?.authorization).toBe('Bearer made-up-token-0123456789')
  expect(JSON.stringify(installed)).not.toContain('made-up-token')
  const book = readdirSync(join(dir, 'state'), { recursive: true, encoding: 'utf8', withFileTypes: true })
  const holding = book.filter(
    (one) => one.isFile() && readFileSync(join(one.parentPath, one.name), 'utf8').includes('made-up-token'),
  )
  expect(holding.map(({ name }) => name)).toEqual([])
})
