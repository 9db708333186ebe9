/**
 * The stores that are a command line. pass with gpg, age and dotenvx are the real programs; op, bws
 * and sops, which are not to be had freely, are stood for by a program that tells its arguments and environment and answers in their shapes.
 */
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { storeOptions, type StoreOptions } from '../../src/secrets/stores/options.ts'
import type { Store, StoreAnswer } from '../../src/secrets/store.ts'
import { openStore } from '../../src/secrets/stores/index.ts'
import { needs } from '../servers/needs.mjs'
import { passStore } from '../servers/pass-store.ts'
import { watched } from './watched.ts'

const VALUE = 'value-0123456789abcdef'
const BIN = resolve(import.meta.dirname, '../../node_modules/.bin')

let dir: string
let env: NodeJS.ProcessEnv

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sidemux-presets-'))
  await mkdir(join(dir, 'fake'))
  env = {
    PATH: [join(dir, 'fake'), process.env['PATH']].join(delimiter),
    HOME: dir,
    SIBLING_TOKEN: 'sibling-secret',
    TOKEN: 'store-token-0123456789',
  }
})

afterAll(async () => {
  await rm(dir, { recursive: true })
})

const open = (options: StoreOptions): Promise<Store> =>
  openStore('cli', options, { environment: 'dev', baseDir: dir, env })

async function read(options: StoreOptions, path: string, field?: string): Promise<StoreAnswer> {
  const store = await open(options)
  const reference = field === undefined ? { path } : { path, field }
  expect(store.validate(reference)).toEqual([])
  const [answer] = await store.resolve([reference], { serverId: 'srv', signal: new AbortController().signal })
  if (answer === undefined) throw new Error('no answer')
  return answer
}

function testWith(programs: readonly string[], name: string, run: () => Promise<void>): void {
  test.runIf(needs(...programs))(name, run)
}

describe('pass and gpg', () => {
  testWith(['pass', 'gpg'], 'an entry, a line of it, a missing one, and a wrong line', async () => {
    const { insert, end } = passStore(dir, env)
    onTestFinished(end)
    insert('github/token', `${VALUE}\nlogin: robot\nurl: https://x.example\n`)
    const options = { type: 'pass' as const, directory: 'store' }
    expect(await read(options, 'github/token')).toEqual({ ok: true, value: VALUE })
    expect(await read(options, 'github/token', 'login')).toEqual({ ok: true, value: 'robot' })
    const pem = '-----BEGIN PRIVATE KEY-----\nabc=\n-----END PRIVATE KEY-----\n'
    insert('key', pem)
    expect(await read(options, 'key')).toEqual({ ok: true, value: pem })
    expect(await read({ ...options, prefix: '{environment}_' }, 'nope')).toMatchObject({
      ok: false,
      error: {
        code: 'not_found',
        message: `there is no file ${join(dir, 'store', 'dev_nope.gpg')} (prefix: of the store makes nope dev_nope)`,
        hint: 'correct the reference, or run: pass insert dev_nope',
      },
    })
    expect(await read(options, 'github/token', 'pin')).toMatchObject({
      ok: false,
      error: { code: 'not_found' },
    })
    const store = await open(options)
    expect(store.validate({ path: '../x' })).toHaveLength(1)
    expect(store.validate({ path: '--clip' })).toHaveLength(1)
  })
})

describe('age', () => {
  testWith(['age', 'age-keygen'], 'files that the age program encrypted, armored and not', async () => {
    execFileSync('age-keygen', ['-o', join(dir, 'key.txt')], { stdio: 'pipe' })
    const recipient = /age1\w+/.exec(await readFile(join(dir, 'key.txt'), 'utf8'))?.[0] ?? ''
    const encrypt = (name: string, text: string, ...options: string[]): void =>
      void execFileSync('age', ['-r', recipient, ...options, '-o', join(dir, name)], {
        input: text,
        stdio: 'pipe',
      })
    encrypt('token.age', `${VALUE}\n`, '--armor')
    encrypt('prod.env.age', `# comment\nTOKEN="${VALUE}"\nOTHER=x\n`)
    encrypt('prod.json.age', JSON.stringify({ db: { password: VALUE } }), '--armor')
    expect(await readFile(join(dir, 'token.age'), 'utf8')).toMatch(/^-----BEGIN AGE ENCRYPTED FILE/)
    const options = { type: 'age' as const, identity: 'key.txt' }
    expect(await read(options, 'token.age')).toEqual({ ok: true, value: VALUE })
    expect(await read(options, 'prod.env.age', 'TOKEN')).toEqual({ ok: true, value: VALUE })
    expect(await read(options, 'prod.json.age', 'db.password')).toEqual({ ok: true, value: VALUE })
    expect(await read(options, 'prod.env.age', 'TOKNE')).toMatchObject({
      ok: false,
      error: { code: 'not_found', hint: 'did you mean TOKEN?' },
    })
    execFileSync('age-keygen', ['-o', join(dir, 'other.txt')], { stdio: 'pipe' })
    expect(await read({ ...options, identity: 'other.txt' }, 'token.age')).toMatchObject({
      ok: false,
      error: { code: 'unavailable' },
    })
    expect((await open(options)).validate({ path: '../token.age' })).toHaveLength(1)
    expect((await open(options)).validate({ path: '/etc/passwd' })).toHaveLength(1)
  })
})

describe('dotenvx', () => {
  test('a file that dotenvx encrypted, by its keys file or the private key alone', async () => {
    const file = join(dir, '.env.dev')
    await writeFile(file, `TOKEN=${VALUE}\nPATH=/from/file\nJSON='{"id":"id-1"}'\n`)
    execFileSync(join(BIN, 'dotenvx'), ['encrypt', '-f', file], { cwd: dir, env: { ...env }, stdio: 'pipe' })
    expect(await readFile(file, 'utf8')).not.toContain(VALUE)
    const options = { type: 'dotenvx' as const, path: '.env.{environment}', program: join(BIN, 'dotenvx') }
    expect(await read(options, 'TOKEN')).toEqual({ ok: true, value: VALUE })
    expect(await read(options, 'PATH')).toEqual({ ok: true, value: '/from/file' })
    expect(await read(options, 'JSON', 'id')).toEqual({ ok: true, value: 'id-1' })
    expect(await read(options, 'TOKNE')).toMatchObject({ ok: false, error: { code: 'not_found' } })
    const keys = await readFile(join(dir, '.env.keys'), 'utf8')
    await rm(join(dir, '.env.keys'))
    env['PRIVATE'] = /DOTENV_PRIVATE_KEY_DEV="?([0-9a-f]+)/.exec(keys)?.[1]
    expect(await read({ ...options, privateKey: '${env:PRIVATE}' }, 'TOKEN')).toEqual({
      ok: true,
      value: VALUE,
    })
    const error = await read(options, 'TOKEN')
    expect(error.ok).toBe(false)
    expect(JSON.stringify(error)).not.toContain('encrypted:')
  })
})

/** Answers with `output`, or tells its arguments and environment when that is absent. A shell starts in a tenth of a Node's time. */
async function fake(name: string, output?: string): Promise<void> {
  const script =
    output === undefined
      ? `#!${process.execPath}\nprocess.stdout.write(JSON.stringify({ args: process.argv.slice(2), env: process.env }))`
      : `#!/bin/sh\nprintf %s '${output.replaceAll("'", String.raw`'\''`)}'`
  await put(name, `${script}\n`)
}

/** Whole at once, since it may be run meanwhile. */
async function put(name: string, text: string): Promise<void> {
  const file = join(dir, 'fake', name)
  await writeFile(`${file}.new`, text, { mode: 0o755 })
  await rename(`${file}.new`, file)
}

async function told(
  options: StoreOptions,
  path: string,
  field?: string,
): Promise<{ args: string[]; env: object }> {
  const answer = await read(options, path, field)
  return JSON.parse(answer.ok ? answer.value : '{}') as { args: string[]; env: object }
}

describe('op', () => {
  test('asks for one field, with its own token and no secret of others (promise 2)', async () => {
    await fake('op')
    const seen = await told({ type: 'op', token: '${env:TOKEN}', account: 'team' }, 'dev/github/token')
    expect(seen.args).toEqual(['read', '--no-newline', '--account', 'team', 'op://dev/github/token'])
    expect(seen.env).toMatchObject({ OP_SERVICE_ACCOUNT_TOKEN: env['TOKEN'] })
    expect(JSON.stringify(seen.env)).not.toContain('sibling-secret')
    expect(seen.env).not.toHaveProperty('TOKEN')
    expect((await told({ type: 'op' }, 'dev/github', 'token')).args.at(-1)).toBe('op://dev/github/token')
    expect((await told({ type: 'op' }, 'op://dev/github/token')).args.at(-1)).toBe('op://dev/github/token')
  })

  test.each(['token', 'dev/github', 'dev//token', '-dev/a/b'])('%s is no place of a secret', async (path) => {
    expect((await open({ type: 'op' })).validate({ path })).toHaveLength(1)
  })
})

describe('bws', () => {
  const id = '11111111-2222-4333-8444-555555555555'
  const secret = (key: string, value: string, at = id): object => ({
    id: at,
    key,
    value,
    revisionDate: '2026-01-01',
  })
  const options = { type: 'bws' as const, token: '${env:TOKEN}' }

  test('an id by get, names by one list', async () => {
    await fake('bws', JSON.stringify(secret('GITHUB', VALUE)))
    expect(await read(options, id)).toMatchObject({ ok: true, value: VALUE })
    await fake('bws', JSON.stringify([secret('GITHUB', VALUE), secret('DB', '{"user":"u-1"}')]))
    expect(await read(options, 'GITHUB')).toEqual({ ok: true, value: VALUE, version: '2026-01-01' })
    expect(await read(options, 'DB', 'user')).toMatchObject({ ok: true, value: 'u-1' })
    expect(await read(options, 'GITHUP')).toMatchObject({
      ok: false,
      error: { hint: 'did you mean GITHUB?' },
    })
  })

  test('a name that stands for two is refused, and so is what is no answer', async () => {
    await fake('bws', JSON.stringify([secret('A', 'first-value-1'), secret('A', 'second-value-1')]))
    const error = await read(options, 'A')
    expect(error).toMatchObject({ ok: false, error: { code: 'invalid_reference' } })
    expect(JSON.stringify(error)).not.toContain('value-1')
    for (const output of ['', 'null', '{}', '[1]', '<html>']) {
      await fake('bws', output)
      expect(await read(options, 'A')).toMatchObject({ ok: false, error: { code: 'unavailable' } })
    }
  })
})

describe('sops', () => {
  test('asks for JSON where a field is wanted, in the directory of the store', async () => {
    await fake('sops')
    const options = { type: 'sops' as const, path: 'secrets', ageKeyFile: 'key.txt' }
    const seen = await told(options, 'prod.enc.yaml')
    expect(seen.args).toEqual(['--decrypt', join(dir, 'secrets', 'prod.enc.yaml')])
    expect(seen.env).toMatchObject({ SOPS_AGE_KEY_FILE: join(dir, 'key.txt') })
    expect((await read(options, 'prod.enc.yaml', 'args.2')).ok).toBe(true)
    await fake('sops', '{"db":{"password":"pw-0123456789"}}')
    expect(await read(options, 'prod.enc.yaml', 'db.password')).toEqual({ ok: true, value: 'pw-0123456789' })
  })
})

describe('watching', () => {
  const openWatched = (options: StoreOptions, pollMs?: number): Promise<Store> => {
    const context = { environment: 'dev', baseDir: dir, env }
    return openStore('cli', options, pollMs === undefined ? context : { ...context, pollMs })
  }

  const files: readonly [options: StoreOptions, path: string, file: string][] = [
    [{ type: 'sops', path: 'watched' }, 'prod.enc.yaml', 'watched/prod.enc.yaml'],
    [{ type: 'age', path: 'watched', identity: 'key.txt' }, 'token.age', 'watched/token.age'],
    [{ type: 'pass', directory: 'watched' }, 'github/token', 'watched/github/token.gpg'],
    [
      { type: 'pass', directory: 'watched', prefix: '{environment}/' },
      'github/token',
      'watched/dev/github/token.gpg',
    ],
    [{ type: 'dotenvx', path: 'watched/.env.{environment}' }, 'TOKEN', 'watched/.env.dev'],
    [{ type: 'dotenvx', path: 'watched/.env.{environment}' }, 'TOKEN', 'watched/.env.keys'],
    [{ type: 'dotenvx', path: '.env', keysFile: 'watched/keys' }, 'TOKEN', 'watched/keys'],
  ]

  test.each(files)('%j %s by the file %s, and no program is run for it', async (options, path, file) => {
    await mkdir(join(dir, file, '..'), { recursive: true })
    await writeFile(join(dir, file), 'first')
    // Events only: the poll of files comes each minute.
    const store = await openWatched({ ...options, program: 'sidemux-no-such' } as StoreOptions)
    const { changes, stop } = await watched(store, path)
    // Not in place: half-written it would be another file for a moment.
    await writeFile(join(dir, `${file}.new`), 'first')
    await rename(join(dir, `${file}.new`), join(dir, file))
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(changes()).toBe(0)
    await writeFile(join(dir, `${file}.new`), 'second')
    await rename(join(dir, `${file}.new`), join(dir, file))
    await expect.poll(changes).toBe(1)
    stop()
  })

  const asked: readonly [
    options: StoreOptions,
    path: string,
    program: string,
    output: (value: string) => string,
  ][] = [
    [{ type: 'op' }, 'dev/github/token', 'op', (value) => value],
    [
      { type: 'bws', token: '${env:TOKEN}' },
      'GITHUB',
      'bws',
      (value) => JSON.stringify([{ id: 'x', key: 'GITHUB', value }]),
    ],
    [{ type: 'exec', command: ['asked', '{path}'] }, 'x', 'asked', (value) => value],
  ]

  test.each(asked)(
    '%j is not watched unless it is said how often, and then told a new value only',
    async (options, path, program, output) => {
      expect('watch' in (await openWatched(options))).toBe(false)
      await fake(program, output('first-value-1'))
      const store = await openWatched(options, 100)
      const { changes, failures, stop } = await watched(store, path)
      await new Promise((resolve) => setTimeout(resolve, 300))
      await put(program, '#!/bin/sh\nexit 1\n')
      await expect.poll(failures).toBeGreaterThan(0)
      expect(changes()).toBe(0)
      await fake(program, output('second-value-1'))
      await expect.poll(changes).toBe(1)
      stop()
    },
  )

  test('its poll: is what the operator set', async () => {
    const parsed = storeOptions.parse({ type: 'op', poll: '10s' })
    expect('watch' in (await openWatched(parsed))).toBe(true)
  })
})

describe('a program', () => {
  test('that is missing, fails or hangs is told in our words', async () => {
    expect(await read({ type: 'op', program: 'sidemux-no-such' }, 'a/b/c')).toMatchObject({
      ok: false,
      error: {
        code: 'unavailable',
        message: expect.stringMatching(/op, for store "cli", can't be found/) as string,
      },
    })
    await put('op', '#!/bin/sh\necho secret-words >&2; echo secret-words; exit 6\n')
    const failed = await read({ type: 'op' }, 'a/b/c')
    expect(failed).toMatchObject({ ok: false, error: { code: 'unavailable' } })
    expect(JSON.stringify(failed)).not.toContain('secret-words')
    await put('op', '#!/bin/sh\nsleep 60\n')
    expect(await read({ type: 'op', timeout: 300 }, 'a/b/c')).toMatchObject({
      ok: false,
      error: { code: 'timeout' },
    })
  })

  test('that fails because its file is missing is told by the file', async () => {
    await writeFile(join(dir, 'fake', 'sops'), '#!/bin/sh\nexit 1\n', { mode: 0o755 })
    expect(await read({ type: 'sops' }, 'no-such.enc.yaml', 'a')).toMatchObject({
      ok: false,
      error: {
        code: 'not_found',
        message: `there is no file ${join(dir, 'no-such.enc.yaml')}`,
        hint: 'create it, or correct the path',
      },
    })
    await writeFile(join(dir, 'there.enc.yaml'), 'a: 1\n')
    expect(await read({ type: 'sops' }, 'there.enc.yaml', 'a')).toMatchObject({
      ok: false,
      error: { code: 'unavailable' },
    })
  })
})
