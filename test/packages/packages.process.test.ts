/**
 * Packages of npm, installed by npm itself from a registry on loopback. An install is a second of processor time, so what
 * is about one that is there already begins with a copy of one.
 */
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { skippedScripts, wantedKey } from '../../src/packages/installed.ts'
import { packageToLock, type LockedPackage, type PackageInLock } from '../../src/packages/locked.ts'
import { Packages, type FoundPackage, type PackageOrder } from '../../src/packages/packages.ts'
import { wantedPackage } from '../../src/packages/wanted.ts'
import { installed as installedProgram } from '../../src/confine/confiner/programs.ts'
import { atEnd, shared } from '../e2e/support.ts'
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

async function registryOfOwn(): Promise<Registry> {
  const registry = await startRegistry()
  atEnd(() => registry.close())
  return registry
}

/** @param of a registry that others use too */
async function scene(of?: Registry): Promise<Scene> {
  const registry = of ?? (await registryOfOwn())
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
  atEnd(async () => {
    await Promise.all(opened.map(async (one) => one.close()))
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

/** Wanted three times at once, and by one more who waits no longer; what came of it for each. */
const installedOnce = shared(async () => {
  const all = await scene()
  const { registry, packages, another, order } = all
  const integrity = registry.publish('srv', '1.0.0', { bin: 'main.js' }, { 'main.js': BIN, 'lib/x.js': '' })
  const asks = new AbortController()
  asks.abort()
  const gone = await packages.find(order('npx srv'), asks.signal).catch((error: unknown) => error)
  const found = await Promise.all(
    [packages, packages, another()].map(async (one) => one.find(order('npx srv'), never)),
  )
  const [first] = found
  if (first === undefined) throw new Error('nothing was found')
  const tarballs = registry.requests.filter(({ path }) => path.endsWith('.tgz')).length
  // Whoever has 1.0.0 has nothing of them.
  const [next] = ['1.1.0', '2.0.0'].map((version) =>
    registry.publish('srv', version, { bin: 'main.js' }, { 'main.js': BIN }),
  )
  return { registry, integrity, next: next ?? '', gone, found, first, tarballs }
})

/** A machine of its own that has the same. @param line the entry for which it was installed */
async function withInstalled(line = 'npx srv'): Promise<Scene & { readonly before: FoundPackage }> {
  const { first, registry } = await installedOnce()
  const all = await scene(registry)
  const { tree } = first
  const home = dirname(all.packages.store.tree(first.installed.content))
  mkdirSync(home, { recursive: true, mode: 0o700 })
  for (const part of readdirSync(dirname(tree)))
    if (part !== 'users')
      cpSync(join(dirname(tree), part), join(home, part), { recursive: true, verbatimSymlinks: true })
  const installed = { ...first.installed, wanted: all.order(line).key }
  all.packages.take('a', installed)
  return { ...all, before: { installed, tree: join(home, 'tree'), isFresh: false } }
}

describe('a package', () => {
  it('is installed once, and started again without a registry in the version that it had (promise 5)', async () => {
    const { first, integrity } = await installedOnce()
    expect(first.installed).toMatchObject({ name: 'srv', version: '1.0.0', integrity, parts: [] })
    expect(readFileSync(join(first.tree, first.installed.start.file), 'utf8')).toBe(BIN)
    const { dir, another, order, before } = await withInstalled()
    const away = await registryOfOwn()
    writeFileSync(join(dir, '.npmrc'), `registry=${away.url}\n`)
    expect(await another().find(order('npx -y srv'), never)).toEqual(before)
    expect(away.requests).toEqual([])
  })

  it('is installed by one of those who want it at once', async () => {
    const { found, first, tarballs } = await installedOnce()
    expect(found.map(({ installed }) => installed.content)).toEqual(Array(3).fill(first.installed.content))
    expect(tarballs).toBe(1)
  })

  it('goes on being installed when the one who waited for it is gone', async () => {
    const { gone, found, tarballs } = await installedOnce()
    expect(gone).toMatchObject({
      message: '"a" is being installed: srv has not come yet.',
      retryable: true,
    })
    expect([found[0]?.installed.version, tarballs]).toEqual(['1.0.0', 1])
  })

  it('that was changed is not started, and an update installs it anew', async () => {
    const line = 'npx srv@1.0.0'
    const { packages, order, before } = await withInstalled(line)
    const file = join(before.tree, 'node_modules/srv/lib/x.js')
    expect((await packages.find(order(line), never)).isFresh).toBe(false)
    chmodSync(file, 0o600)
    writeFileSync(file, 'evil()')
    await expect(packages.find(order(line), never)).rejects.toMatchObject({
      message: '"a" is not started: the installed files of srv are not as they were installed.',
      hint: expect.stringContaining('"sidemux update a"'),
      retryable: false,
    })
    packages.take('a', await packages.fetch(order(line)))
    expect(readFileSync(file, 'utf8')).toBe('')
    const { installed, isFresh } = await packages.find(order(line), never)
    expect([installed.content, isFresh]).toEqual([before.installed.content, false])
  })

  it('of which the files are gone is installed in the version that it had', async () => {
    const { packages, order, before } = await withInstalled()
    await packages.store.remove(before.installed.content)
    const again = await packages.find(order('npx srv'), never)
    expect(again).toMatchObject({
      isFresh: true,
      installed: { version: '1.0.0', content: before.installed.content },
    })
  })

  it('that no servers.yaml names goes, unless somebody runs it', async () => {
    const { packages, order, before } = await withInstalled()
    const { tree, installed } = await packages.find(order('npx srv'), never)
    // Whose files they are doesn't matter here.
    const content = '0'.repeat(32)
    const other = packages.store.tree(content)
    mkdirSync(other, { recursive: true })
    packages.take('a', { ...installed, version: '2.0.0', content })
    expect(await packages.sweep()).toBe(0)
    // Its sidemux has ended.
    const users = join(dirname(tree), 'users')
    for (const name of readdirSync(users)) rmSync(join(users, name))
    expect(await packages.sweep()).toBe(1)
    expect([existsSync(before.tree), existsSync(other)]).toEqual([false, true])
  })
})

describe('a package that needs another one, of a registry that wants a login', () => {
  const TOKEN = 'made-up-token-0123456789'
  const installedWithin = shared(async () => {
    const { registry, packages, order, dir } = await scene()
    registry.fault.token = TOKEN
    const { host } = new URL(registry.url)
    writeFileSync(join(dir, '.npmrc'), `registry=${registry.url}\n//${host}/:_authToken=${TOKEN}\n`)
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
    return { registry, dir, installed, mark }
  })

  it('brings what it needs, and no script of it runs', async () => {
    const { installed, mark } = await installedWithin()
    expect(installed.parts.map(({ path, version }) => `${path}@${version}`)).toEqual([
      'node_modules/needed@1.0.0',
    ])
    expect(skippedScripts(installed)).toEqual(['@scope/srv@1.0.0', 'needed@1.0.0'])
    expect(existsSync(mark)).toBe(false)
  })

  it('a token of your own .npmrc reaches its registry, and no word of ours', async () => {
    const { registry, dir, installed } = await installedWithin()
    expect(registry.requests.at(-1)?.authorization).toBe(`Bearer ${TOKEN}`)
    expect(JSON.stringify(installed)).not.toContain(TOKEN)
    const all = readdirSync(join(dir, 'state'), { recursive: true, encoding: 'utf8', withFileTypes: true })
    const holding = all.filter(
      (one) => one.isFile() && readFileSync(join(one.parentPath, one.name), 'utf8').includes(TOKEN),
    )
    expect(holding.map(({ name }) => name)).toEqual([])
  })
})

describe('with servers.lock (promise 5)', () => {
  it('a version that is not the newest is installed on a machine that has nothing', async () => {
    const { lock, locked, packages, order } = await twoVersions()
    lock.says = { ...lock.says, locked }
    const { installed } = await packages.find(order('npx srv@^1.0.0'), never)
    expect(packageToLock(installed)).toEqual(locked)
  })

  it('what this machine had before gives way to what it holds, and what it does not hold stays', async () => {
    const line = 'npx srv@latest'
    const { lock, packages, another, order } = await withInstalled(line)
    const { next: integrity } = await installedOnce()
    expect((await packages.find(order(line), never)).installed.version).toBe('1.0.0')
    const locked = { registry: 'npm' as const, name: 'srv', version: '1.1.0', integrity }
    lock.says = { ...lock.says, locked }
    const found = await packages.find(order(line), never)
    expect([found.isFresh, packageToLock(found.installed)]).toEqual([true, locked])
    lock.says = { ...lock.says, locked: undefined }
    expect(await another().find(order(line), never)).toMatchObject({
      isFresh: false,
      installed: { version: '1.1.0' },
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
  ['of a name that there is not', 'npx other', () => {}, /no package of that name/, false],
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
  ['without the program that is named', 'npx -p srv other', () => {}, /srv has no program "other"/, false],
])('a package %s is not started, and the words say why', async (_what, line, make, message, retryable) => {
  const all = await scene()
  all.registry.publish('srv', '1.0.0', { bin: 'main.js' }, { 'main.js': BIN })
  await make(all)
  await expect(all.packages.find(all.order(line), never)).rejects.toMatchObject({
    message: expect.stringMatching(message),
    retryable,
  })
  expect(readdirSync(join(all.dir, 'state', 'packages'))).toEqual([])
})
