/** Servers that npx would run: installed once, started without it, and bound to the version that ran first (promise 5). */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findConfiner } from '../../src/confine/confiner/confiner.ts'
import { canonicalHash } from '../../src/json/canonical.ts'
import { startRegistry, type Registry } from '../servers/registry.mjs'
import { runHere } from './run-here.ts'
import { HereHost, host1Here } from './serve-here.ts'
import { atEnd, place, shared, SIDEMUX, textOf, type Host, type Place } from './support.ts'
import { atTerminal, canHaveWorlds, World } from './terminals.ts'

const isConfined =
  (await findConfiner({ platform: process.platform, path: process.env['PATH'] })).kind !== 'none'

const LIGHT = readFileSync(resolve(import.meta.dirname, '../servers/light.mjs'), 'utf8')

/** A server that tells what it was started with, in the words of version `version`. */
function server(version: string, tools: readonly string[] = ['get_facts']): Record<string, string> {
  const code = `#!/usr/bin/env node
import { appendFileSync, writeFileSync } from 'node:fs'
import { serve } from "./light.mjs"
const tried = (act) => { try { act(); return 'written' } catch ({ code }) { return code } }
serve('installed', ${JSON.stringify(tools.map((name) => ({ name })))}, () => ({ content: [{ type: 'text', text: JSON.stringify({
  version: ${JSON.stringify(version)}, argv: process.argv.slice(2), home: process.env.HOME, npm: process.env.npm_execpath ?? null,
  own: tried(() => writeFileSync(new URL('./more.mjs', import.meta.url), '')),
  self: tried(() => appendFileSync(new URL(import.meta.url), '')),
  kept: tried(() => writeFileSync(process.env.HOME + '/kept', '')),
}) }] }))
`
  return { 'main.mjs': code, 'light.mjs': LIGHT }
}

interface Scene {
  readonly registry: Registry
  readonly where: Place
}

async function registryOf(code: Record<string, string>): Promise<Registry> {
  const registry = await startRegistry()
  atEnd(async () => registry.close())
  registry.publish('srv', '1.0.0', { bin: 'main.mjs' }, code)
  return registry
}

const made = async (): Promise<Scene> => atRegistry(await registryOf(server('1.0.0')))

function atRegistry(registry: Registry): Scene {
  const written = JSON.stringify({ command: 'npx', args: ['-y', 'srv', '--flag'] })
  const yaml = `version: 1\ndefaults: { listWait: 50s }\nservers:\n  a: ${written}\n`
  const where = place(yaml, { '.npmrc': `registry=${registry.url}\n` })
  return { registry, where }
}

const lockOf = ({ config }: Place): string => join(dirname(config), 'servers.lock')
/** Of the package that servers.lock holds. */
const versionIn = (where: Place): string | undefined =>
  /"package":\{[^}]*"version":"([^"]+)"/.exec(readFileSync(lockOf(where), 'utf8'))?.[1]

const factsFrom = async (host: Host): Promise<Record<string, unknown>> =>
  JSON.parse(textOf(await host.call('a_get_facts')))

describe('a server that npx would run', () => {
  const scene = shared(async () => {
    const { registry, where } = await made()
    const host = await host1Here(where)
    expect((await host.tools()).map(({ name }) => name)).toEqual(['a_get_facts'])
    // Who runs 1.0.0 has nothing of it.
    registry.publish(
      'srv',
      '2.0.0',
      {
        bin: 'main.mjs',
        dependencies: { fresh: '^1.0.0' },
        _npmUser: { name: 'somebody-else', email: 'x@example' },
        scripts: { postinstall: 'node build.js' },
      },
      server('2.0.0', ['get_facts', 'delete_all']),
    )
    registry.publish('fresh', '1.0.0')
    return { where, host }
  })

  it('is started as its own program, with what the entry tells it', async () => {
    const { host, where } = await scene()
    expect(await factsFrom(host)).toMatchObject({
      version: '1.0.0',
      argv: ['--flag'],
      home: where.dir,
      npm: null,
    })
  })

  it('changes nothing of its own files, and keeps its home', async () => {
    const { own, self, kept } = await factsFrom((await scene()).host)
    expect(kept).toBe('written')
    // Only a sandbox keeps root from writing where it may not.
    const isFree = process.getuid?.() === 0 && !isConfined
    if (!isFree) expect([own, self]).toEqual(Array(2).fill(expect.stringMatching(/^(?:EROFS|EACCES)$/)))
  })

  it('is written down with its version', async () => {
    const { where } = await scene()
    const shown = await runHere(where, ['audit', 'show', '--json'])
    expect(shown.stdout).toContain('srv@1.0.0')
  })

  it('has another version shown with what it changes, and nothing of it counts without a person (promise 5)', async () => {
    const { where } = await scene()
    const { code, stdout } = await runHere(where, ['update', 'a', '--json'])
    const [told] = JSON.parse(stdout) as [Record<string, unknown>]
    expect([code, told]).toEqual([
      1,
      expect.objectContaining({ server: 'a', before: '1.0.0', after: '2.0.0', changed: true }),
    ])
    expect(told['text']).toEqual(
      expect.arrayContaining([
        'package: srv 1.0.0 -> 2.0.0',
        'new dependencies (1): fresh 1.0.0',
        'new install scripts, which did not run (1): srv@2.0.0',
        expect.stringMatching(/^published by: somebody-else/),
        isConfined
          ? 'tools added (1): delete_all'
          : expect.stringMatching(/^tools: not known before it runs/),
      ]),
    )
    const refused = await runHere(where, ['update', 'a'])
    expect([refused.code, refused.stderr]).toEqual([
      3,
      expect.stringContaining('only a person at a terminal'),
    ])
    const again = await host1Here(where)
    expect(await factsFrom(again)).toMatchObject({ version: '1.0.0' })
  })

  it.runIf(canHaveWorlds)('runs another version from the next start on after the word yes', async () => {
    const { where } = await scene()
    const world = new World(where)
    const update = world.start(atTerminal([process.execPath, ...SIDEMUX, 'update', '--config', where.config]))
    await update.shows('Type yes to run a in this version from its next start on: ')
    update.type('yes\r')
    expect([await update.exited, update.shown]).toEqual([0, expect.stringContaining('a runs 2.0.0')])
    expect(versionIn(where)).toBe('2.0.0')
    expect(await factsFrom(await host1Here(where))).toMatchObject({ version: '2.0.0' })
    const { stdout } = await runHere(where, ['check', '--json'])
    expect(JSON.parse(stdout)).toMatchObject({
      packages: [{ server: 'a', package: 'srv', version: '2.0.0', skippedScripts: ['srv@2.0.0'] }],
    })
  })
})

describe('a clone of servers.yaml and servers.lock, with a newer version in the registry (promise 5)', () => {
  const newer = ({ registry }: Scene): string =>
    registry.publish('srv', '2.0.0', { bin: 'main.mjs' }, server('2.0.0', ['get_facts', 'delete_all']))

  const FIRST_USE = { SIDEMUX_TRUST: 'first-use' }

  /** What whoever wrote them has accepted, of the first version and of the next one, and the machine of each. */
  const accepted = shared(async () => {
    const { registry, where } = await made()
    const pinned = async (at: Place, version: string): Promise<string> => {
      expect((await runHere(at, ['pin', 'a', '--all'])).code).toBe(0)
      expect(versionIn(at)).toBe(version)
      return readFileSync(lockOf(at), 'utf8')
    }
    const first = { where, lock: await pinned(where, '1.0.0') }
    newer({ registry, where })
    const { where: later } = atRegistry(registry)
    return { registry, first, second: { where: later, lock: await pinned(later, '2.0.0') } }
  })

  async function cloned(registry?: Registry): Promise<Scene> {
    const { registry: theirs, first } = await accepted()
    const scene = atRegistry(registry ?? theirs)
    writeFileSync(lockOf(scene.where), first.lock)
    return scene
  }

  it('runs what servers.lock holds, and what git pull brings from the next start on, by a yes to it', async () => {
    const { first, second } = await accepted()
    const { where } = first
    const host = await host1Here(where, { env: FIRST_USE })
    expect(await factsFrom(host)).toMatchObject({ version: '1.0.0' })
    expect(readFileSync(lockOf(where), 'utf8')).toBe(first.lock)
    writeFileSync(lockOf(where), second.lock)
    expect(await factsFrom(host)).toMatchObject({ version: '1.0.0' })
    await host.close()
    expect((await runHere(where, ['check'])).stdout).toContain(
      'a has srv 1.0.0, and servers.lock holds 2.0.0',
    )
    const again = await host1Here(where, { env: FIRST_USE })
    expect(textOf(await again.call('a_get_facts'))).toMatch(/its package has changed/)
  })

  it('a version that comes in place of a lost one waits for a yes to it', async () => {
    const { where } = (await accepted()).second
    const before = await host1Here(where, { env: FIRST_USE })
    expect(await factsFrom(before)).toMatchObject({ version: '2.0.0' })
    // While it runs it writes down again what servers.lock has lost.
    await before.close()
    rmSync(join(where.state, 'installs'), { recursive: true })
    rmSync(lockOf(where))
    const other = await registryOf(server('1.0.0'))
    writeFileSync(join(where.dir, '.npmrc'), `registry=${other.url}\n`)
    const host = await host1Here(where, { env: FIRST_USE })
    expect(textOf(await host.call('a_get_facts'))).toMatch(
      /waits for the user's yes to its launch, since its package has changed/,
    )
  })

  it('with --frozen runs what servers.lock holds, and nothing where it holds no package', async () => {
    const { where, registry } = await cloned()
    const call = async (): Promise<string> => {
      const host = new HereHost(where, ['serve', '--frozen', '--config', where.config])
      await host.initialize()
      const { result = {} } = await host.request('tools/call', { name: 'a_get_facts', arguments: {} })
      host.process.stdin?.end()
      await host.exited()
      return textOf(result)
    }
    expect(JSON.parse(await call())).toMatchObject({ version: '1.0.0' })
    expect(await runHere(where, ['pin', 'a'])).toMatchObject({ code: 0, stdout: 'a: as in servers.lock\n' })
    const text = readFileSync(lockOf(where), 'utf8')
    const [line = ''] = /^.*"package".*$/m.exec(text) ?? []
    const { sha256: _of, package: _gone, ...rest } = JSON.parse(line) as Record<string, unknown>
    const without = { server: 'a', sha256: canonicalHash(rest), ...rest }
    writeFileSync(lockOf(where), text.replace(line, JSON.stringify(without)))
    const asked = registry.requests.length
    expect(await call()).toMatch(/servers\.lock does not hold which version of srv it runs/)
    expect(registry.requests).toHaveLength(asked)
    expect((await runHere(where, ['pin', 'a'])).stdout).toMatch(/new package[^]*"version": "1\.0\.0"/)
    expect((await runHere(where, ['pin', 'a', '--accept', 'package'])).code).toBe(0)
    expect(readFileSync(lockOf(where), 'utf8')).toBe(text)
  })

  it('does not run what the registry has put in the place of that version', async () => {
    const { where } = await cloned(await registryOf(server('1.0.0-evil')))
    const said = textOf(await (await host1Here(where)).call('a_get_facts'))
    expect(said).toMatch(/what the registry has as srv 1\.0\.0 is not what servers\.lock holds/)
    expect(said).toContain('sidemux update a')
    const { stdout } = await runHere(where, ['update', 'a', '--json'])
    expect(JSON.parse(stdout)).toMatchObject([{ before: null, locked: '1.0.0', changed: true }])
  })
})
