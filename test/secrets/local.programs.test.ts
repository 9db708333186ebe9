/** What is kept on this machine: the embedded store's file, the keychain behind it, and the watched mount. */
import { spawn, spawnSync } from 'node:child_process'
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openStore } from '../../src/secrets/stores/index.ts'
import { newestFile } from '../state/newest.ts'
import { LocalSecrets } from '../../src/secrets/stores/local/secrets.ts'
import { installCommand, loadPeer, PEERS } from '../../src/secrets/stores/shared/peer.ts'
import { needs } from '../servers/needs.mjs'
import { removeTree } from '../remove-tree.mjs'
import { watched } from './watched.ts'

const CLI = resolve(import.meta.dirname, '../../dist/cli.js')
const VALUE = 'value-0123456789abcdef'
const PIN = { serverId: 'srv', signal: new AbortController().signal }

let dir: string
let env: NodeJS.ProcessEnv

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sidemux-local-'))
  env = { PATH: process.env['PATH'], HOME: dir, SIDEMUX_STATE_DIR: join(dir, 'state'), SIDEMUX_TRUST: 'off' }
})

afterEach(() => removeTree(dir))

const local = (): LocalSecrets => new LocalSecrets(join(dir, 'state'))
const file = (name: string): string => join(dir, 'state', 'secrets', name)
const bookFile = (): string => newestFile(file('local'))

async function lookAt(path: string): Promise<{ mode: number; isFile: boolean }> {
  const stats = await stat(path)
  return { mode: stats.mode, isFile: stats.isFile() }
}

async function value(name: string, secrets = local()): Promise<string> {
  const entry = secrets.entries().get(name)
  if (entry === undefined) throw new Error('no entry')
  return secrets.value(name, entry, PIN.signal)
}

describe('the encrypted file', () => {
  test('gives back what was put in, and holds it in no other way', async () => {
    const hard = `${VALUE} "ü" $\{x}\n`
    await local().set('github/TOKEN', VALUE, 'file', PIN.signal)
    await local().set('hard', hard, undefined, PIN.signal)
    expect([await value('github/TOKEN'), await value('hard')]).toEqual([VALUE, hard])
    for (const name of await readdir(file('.'), { recursive: true })) {
      const { mode, isFile } = await lookAt(file(name))
      if (isFile) expect(await readFile(file(name), 'latin1')).not.toContain(VALUE)
      expect(mode & 0o077).toBe(0)
    }
    expect((await stat(file('.'))).mode & 0o077).toBe(0)
    expect((await readdir(file('.'))).toSorted()).toEqual(['key', 'local'])
  })

  test('twenty at once all arrive', async () => {
    await Promise.all(
      Array.from({ length: 20 }, (_, n) => local().set(`n${n}`, `value-${n}-0123`, 'file', PIN.signal)),
    )
    expect([...local().entries().keys()]).toHaveLength(20)
    expect(await value('n7')).toBe('value-7-0123')
  })

  test.skipIf(process.platform === 'win32')(
    'where nothing can be written, says so and leaves no half of a key',
    async () => {
      await mkdir(join(dir, 'state'))
      const set = ['secrets', 'set', 'A', '--backend', 'file']
      const full = spawnSync('sh', ['-c', 'ulimit -f 0; exec "$@"', 'sh', process.execPath, CLI, ...set], {
        env,
        input: VALUE,
        encoding: 'utf8',
      })
      expect(full.stderr).toMatch(
        /^sidemux: the book of secrets \S+ can't be read or written \(EFBIG\)\nhint: make room on its disk; [^\n]+\n$/,
      )
      expect(full.status).toBe(1)
      expect(await readdir(file('.'))).toEqual(['local'])
      expect(await readdir(file('local'))).toEqual([])
      await local().set('A', VALUE, 'file', PIN.signal)
      expect(await value('A')).toBe(VALUE)
    },
  )

  const harms: readonly [what: string, harm: () => Promise<void>, message: RegExp][] = [
    [
      'a value that was moved to another name',
      () => edit((book) => (book.entries['b'] = book.entries['a'])),
      /altered/,
    ],
    ['a value that was altered', () => edit((book) => (box(book).box = flip(box(book).box))), /altered/],
    ['another key', () => writeFile(file('key'), `${Buffer.alloc(32, 7).toString('base64')}\n`), /altered/],
    ['a key that is none', () => writeFile(file('key'), 'short'), /is not a key/],
    ['a key that others may read', () => chmod(file('key'), 0o644), /others may read/],
    ['no key', () => rm(file('key')), /can't be read/],
    ['a book that is none', () => writeFile(bookFile(), '{"version":1,"entries":{"b":{}}}'), /damaged/],
  ]

  test.each(harms)('%s is an error that holds no value (promise 1)', async (_, harm, message) => {
    await local().set('a', VALUE, 'file', PIN.signal)
    await local().set('b', 'another-value-1', 'file', PIN.signal)
    await harm()
    const error: unknown = await Promise.all([value('b'), value('a')]).catch((error: unknown) => error)
    expect(error).toBeInstanceOf(Error)
    expect((error as Error).message).toMatch(message)
    expect(JSON.stringify(error)).not.toContain(VALUE)
  })

  type Book = { entries: Record<string, { box: string } | undefined> }
  const box = (book: Book): { box: string } => book.entries['a'] ?? { box: '' }
  const flip = (text: string): string => (text.startsWith('A') ? 'B' : 'A') + text.slice(1)
  async function edit(change: (book: Book) => unknown): Promise<void> {
    const book = JSON.parse(await readFile(bookFile(), 'utf8')) as Book
    change(book)
    await writeFile(bookFile(), JSON.stringify(book))
  }

  test('as a store: read, a JSON field, what is missing, and a change is told once', async () => {
    await local().set('db', '{"user":"u-1"}', 'file', PIN.signal)
    const store = await openStore(
      'local',
      { type: 'local' },
      { environment: 'dev', baseDir: dir, env, pollMs: 60_000 },
    )
    const [found, missing] = await store.resolve([{ path: 'db', field: 'user' }, { path: 'dv' }], PIN)
    expect(found).toMatchObject({ ok: true, value: 'u-1' })
    expect(missing).toMatchObject({
      ok: false,
      error: {
        code: 'not_found',
        hint: expect.stringMatching(/did you mean db\?.*secrets set dv/) as string,
      },
    })
    const { changes, stop } = await watched(store, 'db')
    await local().set('other', VALUE, undefined, PIN.signal)
    await settled()
    expect(changes()).toBe(0)
    await local().set('db', '{"user":"u-2"}', undefined, PIN.signal)
    await expect.poll(changes).toBe(1)
    stop()
  })
})

describe('a Kubernetes-style mount', () => {
  const mount = (): string => join(dir, 'mount')

  async function publish(generation: string, values: Record<string, string>): Promise<void> {
    await mkdir(join(mount(), generation), { recursive: true })
    for (const [name, text] of Object.entries(values)) await writeFile(join(mount(), generation, name), text)
    await symlink(generation, join(mount(), '..data_tmp'))
    await rename(join(mount(), '..data_tmp'), join(mount(), '..data'))
  }

  test('a swap of ..data is noticed each time, a swap that changes nothing is not', async () => {
    await publish('..1', { token: 'first-value-1', other: 'x' })
    await symlink('..data/token', join(mount(), 'token'))
    await symlink('..data/other', join(mount(), 'other'))
    const store = await openStore(
      'k8s',
      { type: 'file', path: 'mount' },
      { environment: 'dev', baseDir: dir, env, pollMs: 60_000 },
    )
    const { changes, stop } = await watched(store, 'token')
    await publish('..2', { token: 'second-value-1', other: 'x' })
    await rm(join(mount(), '..1'), { recursive: true })
    await expect.poll(changes).toBe(1)
    expect(await store.resolve([{ path: 'token' }], PIN)).toEqual([{ ok: true, value: 'second-value-1' }])
    await publish('..3', { token: 'second-value-1', other: 'y' })
    await settled()
    expect(changes()).toBe(1)
    await publish('..4', { token: 'third-value-1', other: 'y' })
    await expect.poll(changes).toBe(2)
    stop()
    await publish('..5', { token: 'fourth-value-1', other: 'y' })
    await settled()
    expect(changes()).toBe(2)
  })
})

/** Longer than a watch waits for its writers. */
const settled = (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, 250))

const WATCH_KEYCHAIN = `
  const { openStore } = await import(process.argv[2])
  const open = (pollMs) =>
    openStore('kc', { type: 'keychain', service: 'sidemux-watch', prefix: '{environment}/' }, {
      environment: 'dev', baseDir: '/', env: process.env, ...(pollMs && { pollMs }),
    })
  const signal = AbortSignal.timeout(30000)
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
  const unasked = (await open()).watch === undefined ? 'not watched' : 'watched'
  const store = await open(50)
  let changes = 0
  await store.put('github', 'first-value', signal)
  let stop
  await new Promise((looked) => {
    stop = store.watch([{ path: 'github' }], () => (changes += 1), (trouble) => trouble ?? looked())
  })
  await pause(300)
  const before = changes
  await store.put('github', 'second-value', signal)
  while (changes === 0) await pause(50)
  await pause(300)
  const after = changes
  stop()
  await store.put('github', 'third-value', signal)
  await pause(300)
  console.log(\`unasked: \${unasked}; before: \${before}; after: \${after}; gone: \${changes}\`)
  process.exit(0)
`

describe('the keychain', () => {
  const keyring = needs('dbus-run-session', 'gnome-keyring-daemon')
  const config =
    'version: 1\nsecrets: { local: { type: local }, kc: { type: keychain } }\nservers: { a: { command: x, env: { T: "${local:github/TOKEN}", U: "${kc:github/TOKEN}" } } }\n'

  /** A session of its own with an unlocked gnome-keyring, in which `script` runs; `sidemux` is a command there. */
  const session = (script: string, before: string): string => {
    const { stdout, stderr } = spawnSync(
      'dbus-run-session',
      ['--', 'bash', '-c', `${before}\nsidemux() { "${process.execPath}" "${CLI}" "$@"; }\n${script}`],
      { cwd: dir, env, encoding: 'utf8', timeout: 50_000 },
    )
    return stdout + stderr
  }
  const UNLOCKED = 'printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1'

  test.runIf(keyring)(
    'set, info, list, check, delete with gnome-keyring; the value is only there',
    async () => {
      await writeFile(join(dir, 'servers.yaml'), config)
      const said = session(
        `printf '%s\\n' '${VALUE}' | sidemux secrets set github/TOKEN; sidemux secrets get-info github/TOKEN; sidemux secrets list
       sidemux secrets check; echo "check $?"; sidemux secrets delete github/TOKEN; sidemux secrets check; echo "check $?"`,
        UNLOCKED,
      )
      expect(said).toMatch(/github\/TOKEN is kept in the system's keychain/)
      expect(said).toMatch(/backend +keychain\n[^]*outcome +ok/)
      expect(said).toMatch(/check 0\n[^]*is deleted\n[^]*check 1/)
      expect(said).not.toContain(VALUE)
      expect(await readFile(bookFile(), 'utf8')).not.toContain('box')
      expect(await readdir(file('.'))).toEqual(['local'])
    },
  )

  test.runIf(keyring)('one that is locked is an error, and no reason to use a file (promise 1)', async () => {
    const said = session(
      `printf '%s' '${VALUE}' | sidemux secrets set A; echo "set $?"; sidemux secrets list`,
      '',
    )
    expect(said).toMatch(/set 1\nnone; set one[^]*the keychain is locked/)
  })

  test.runIf(keyring)(
    'is watched only where somebody says how often, and then a changed entry is told once',
    async () => {
      await writeFile(join(dir, 'watch.mjs'), WATCH_KEYCHAIN)
      const said = session(
        `"${process.execPath}" watch.mjs "${resolve(CLI, '../secrets/stores/index.js')}"`,
        UNLOCKED,
      )
      expect(said).toContain('unasked: not watched; before: 0; after: 1; gone: 1')
    },
  )

  test('without a Secret Service the file is used and said, never the kernel keyring', () => {
    const run = (args: string[], input = ''): string => {
      const { stdout, stderr } = spawnSync(process.execPath, [CLI, 'secrets', ...args], {
        cwd: dir,
        env,
        input,
        encoding: 'utf8',
      })
      return stdout + stderr
    }
    const said = run(['set', 'A'], VALUE)
    expect(said).toMatch(/no keychain was used: no Secret Service answers on this machine/)
    expect(said).toMatch(/A is kept encrypted in/)
    expect(run(['get-info', 'A', '--json'])).toMatch(/"backend": "file"[^]*"outcome": "ok"/)
    expect(run(['set', 'B', '--backend', 'keychain'], VALUE)).toMatch(/no Secret Service answers/)
    expect(run(['list', '--json'])).toMatch(/"name": "A"/)
    expect(run(['delete', 'B'])).toMatch(/no secret "B" was set/)
    expect(run(['set', 'A', VALUE])).toMatch(/takes exactly one name/)
    expect(run(['set', VALUE.padEnd(200, '!')])).not.toContain(VALUE)
    expect(run(['set', 'C'], '')).toMatch(/no value was given/)
    for (const args of [['list'], ['get-info', 'A'], ['set', 'A', VALUE]])
      expect(run(args)).not.toContain(VALUE)
    expect(spawnSync('keyctl', ['search', '@u', 'user', 'sidemux']).status ?? 1).not.toBe(0)
  })
})

describe('a value typed in a terminal', () => {
  test.runIf(needs('script'))('is corrected by its keys and not shown (promise 3)', async () => {
    const command = `'${process.execPath}' '${CLI}' secrets set A --backend file`
    const terminal = spawn('script', ['-qec', command, '/dev/null'], { cwd: dir, env })
    let shown = ''
    terminal.stdout.setEncoding('utf8').on('data', (text: string) => (shown += text))
    await expect.poll(() => shown).toMatch(/not shown/)
    terminal.stdin.write(`wrong\u0015${VALUE}X\u007F\r`)
    await new Promise((resolve) => terminal.on('close', resolve))
    expect(shown).toMatch(/A is kept encrypted/)
    expect(shown).not.toMatch(/wrong|value-0123/)
    expect(await value('A')).toBe(VALUE)
  })
})

describe('an optional peer', () => {
  test('that is missing names the command that installs it', async () => {
    const missing = Object.assign(new Error('secret-words'), { code: 'ERR_MODULE_NOT_FOUND' })
    const error = await loadPeer('@napi-rs/keyring', () => Promise.reject(missing)).catch(
      (error: unknown) => error,
    )
    expect(error).toMatchObject({
      code: 'unavailable',
      message: 'this store needs @napi-rs/keyring, which is not installed',
      hint: expect.stringMatching(/^run: npm install .*@napi-rs\/keyring@2\.1\.2$/) as string,
    })
  })

  test('is installed where sidemux finds it', async () => {
    const project = join(dir, 'project')
    const inside = async (root: string): Promise<string> => {
      await mkdir(join(root, 'dist'), { recursive: true })
      await writeFile(join(root, 'package.json'), '{}')
      return join(root, 'dist')
    }
    expect(installCommand('x@1', await inside(join(dir, 'checkout')))).toBe(
      `npm install --no-save --prefix ${dir}/checkout x@1`,
    )
    expect(installCommand('x@1', await inside(join(dir, 'lib', 'node_modules', 'sidemux')))).toBe(
      'npm install --global x@1',
    )
    await inside(project)
    expect(installCommand('x@1', await inside(join(project, 'node_modules', 'sidemux')))).toBe(
      `npm install --prefix ${project} x@1`,
    )
  })

  test('is declared, and tested in the version that the hint names', async () => {
    const manifest = JSON.parse(
      await readFile(resolve(import.meta.dirname, '../../package.json'), 'utf8'),
    ) as Record<string, Record<string, unknown>>
    for (const [name, version] of Object.entries(PEERS)) {
      expect(manifest['devDependencies']?.[name]).toBe(version)
      expect(manifest['peerDependenciesMeta']?.[name]).toEqual({ optional: true })
      expect(manifest['dependencies'] ?? {}).not.toHaveProperty([name])
    }
  })
})
