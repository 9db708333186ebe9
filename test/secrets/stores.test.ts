/** The stores on this machine (env, dotenv, file), a store's own settings, and opening them. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { StoreOptions } from '../../src/secrets/stores/options.ts'
import { secretsOptions } from '../../src/secrets/stores/options.ts'
import type { StoreAnswer } from '../../src/secrets/store.ts'
import { openStore, openStores, type OpenContext } from '../../src/secrets/stores/index.ts'

let baseDir: string
let context: OpenContext

beforeAll(async () => {
  baseDir = await mkdtemp(join(tmpdir(), 'sidemux-stores-'))
  const write = (name: string, text: string | Uint8Array): Promise<void> =>
    writeFile(join(baseDir, name), text)
  await write(
    '.env.dev',
    '\uFEFFFIRST=after-bom\nTOKEN="quoted # value"\nEMPTY=\nKEY={"id":"id-1"}\n# NO=1\nREF=${HOME}\n',
  )
  await write('binary.env', Buffer.from([0x41, 0x3d, 0xff, 0xfe]))
  await write('outside', 'outside-value')
  await write('secret-path', 'mounted\n')
  // As Kubernetes lays a secret volume out.
  await mkdir(join(baseDir, 'mounted', '..2026_11_22'), { recursive: true })
  await mkdir(join(baseDir, 'mounted', 'sub'))
  await write('mounted/..2026_11_22/password', 'kubernetes-value\n')
  await write('mounted/sub/token', 'sub-value')
  await write('mounted/key.json', '{"id":"id-1"}')
  await symlink('..2026_11_22', join(baseDir, 'mounted', '..data'))
  await symlink('..data/password', join(baseDir, 'mounted', 'password'))
  await symlink('../outside', join(baseDir, 'mounted', 'escape'))
  await symlink('..', join(baseDir, 'mounted', 'up'))
  context = {
    environment: 'dev',
    baseDir,
    env: {
      dev_TOKEN: 'prefixed-value',
      TOKEN: 'plain-value',
      KEY: '{"id":"id-1"}',
      DIR: 'mounted',
      TRICK: '{environment}',
    },
  }
})

afterAll(() => rm(baseDir, { recursive: true }))

async function read(options: StoreOptions, path: string, field?: string): Promise<StoreAnswer> {
  const store = await openStore('local', options, context)
  const reference = field === undefined ? { path } : { path, field }
  const [problem] = store.validate(reference)
  if (problem !== undefined) throw new Error(problem)
  const [answer] = await store.resolve([reference], { serverId: 'srv', signal: new AbortController().signal })
  if (answer === undefined) throw new Error('no answer')
  return answer
}

const DOTENV: StoreOptions = { type: 'dotenv', path: '.env.{environment}' }
const FILE: StoreOptions = { type: 'file', path: 'mounted' }

const good: readonly [StoreOptions, path: string, field: string | undefined, expected: string][] = [
  [{ type: 'env' }, 'TOKEN', undefined, 'plain-value'],
  [{ type: 'env' }, 'KEY', 'id', 'id-1'],
  [{ type: 'env', prefix: '{environment}_' }, 'TOKEN', undefined, 'prefixed-value'],
  [DOTENV, 'FIRST', undefined, 'after-bom'],
  [DOTENV, 'TOKEN', undefined, 'quoted # value'],
  [DOTENV, 'EMPTY', undefined, ''],
  [DOTENV, 'KEY', 'id', 'id-1'],
  [DOTENV, 'REF', undefined, '${HOME}'],
  [FILE, 'sub/token', undefined, 'sub-value'],
  [FILE, 'password', undefined, 'kubernetes-value'],
  [FILE, 'key.json', 'id', 'id-1'],
  [{ type: 'file', path: '${env:DIR}' }, 'password', undefined, 'kubernetes-value'],
  [{ type: 'file', path: '${file:secret-path}' }, 'password', undefined, 'kubernetes-value'],
]

describe('reads', () => {
  test.each(good)('%j %s#%s', async (options, path, field, expected) => {
    expect(await read(options, path, field)).toEqual({ ok: true, value: expected })
  })
})

const missing: readonly [StoreOptions, path: string, code: string, message: RegExp, hint: RegExp][] = [
  [{ type: 'env' }, 'NOPE', 'not_found', /variable NOPE is not set/, /set NOPE/],
  [{ type: 'env', prefix: 'x_' }, 'TOKEN', 'not_found', /variable x_TOKEN is not set/, /set x_TOKEN/],
  [DOTENV, 'TOKNE', 'not_found', /\.env\.dev has no TOKNE/, /did you mean TOKEN\?/],
  [DOTENV, 'toString', 'not_found', /has no toString/, /add a line toString=/],
  [DOTENV, '__proto__', 'not_found', /has no __proto__/, /add a line/],
  [DOTENV, 'NO', 'not_found', /has no NO/, /add a line NO=/],
  [{ type: 'dotenv', path: 'nope.env' }, 'A', 'not_found', /no file .*nope\.env/, /create it/],
  [{ type: 'dotenv', path: 'mounted' }, 'A', 'invalid_reference', /not a regular file/, /name a file/],
  [{ type: 'dotenv', path: 'binary.env' }, 'A', 'invalid_reference', /not UTF-8/, /save it as UTF-8/],
  [FILE, 'nope', 'not_found', /there is no .*nope/, /create it/],
  [FILE, 'sub', 'invalid_reference', /not a regular file/, /name a file/],
  [FILE, 'escape', 'denied', /leads out of/, /inside the directory/],
  [FILE, 'up/outside', 'denied', /leads out of/, /inside the directory/],
  [FILE, '.', 'denied', /leads out of/, /inside the directory/],
  [{ type: 'file', path: 'nowhere' }, 'a', 'not_found', /there is no .*nowhere/, /create it/],
]

describe('says what is missing (promise 1)', () => {
  test.each(missing)('%j %s: %s', async (options, path, code, message, hint) => {
    const answer = await read(options, path)
    if (answer.ok) throw new Error('it was resolved')
    expect(answer.error.code).toBe(code)
    expect(answer.error.message).toMatch(message)
    expect(answer.error.hint).toMatch(hint)
  })
})

describe('refuses by its text', () => {
  test.each([
    [FILE, '../outside', /\.\. is not allowed/],
    [FILE, 'sub/../../outside', /\.\. is not allowed/],
    [FILE, 'sub\\..\\x', /\.\. is not allowed/],
    [FILE, '/etc/passwd', /is absolute/],
    [FILE, 'C:\\x', /is absolute/],
    [DOTENV, '/TOKEN', /not a key/],
    [{ type: 'env' }, 'A B', /not the name/],
  ] as const)('%j %s', async (options, path, message) => {
    await expect(read(options, path)).rejects.toThrow(message)
  })
})

test('a .env file is read anew for every resolution', async () => {
  const file = join(baseDir, 'changing.env')
  await writeFile(file, 'A=one')
  const store = await openStore('local', { type: 'dotenv', path: 'changing.env' }, context)
  const ask = async (): Promise<readonly StoreAnswer[]> =>
    store.resolve([{ path: 'A' }], { serverId: 'srv', signal: new AbortController().signal })
  expect(await ask()).toEqual([{ ok: true, value: 'one' }])
  await writeFile(file, 'A=two')
  expect(await ask()).toEqual([{ ok: true, value: 'two' }])
})

const settings: readonly [StoreOptions, environment: string | undefined, message: RegExp][] = [
  [
    { type: 'dotenv', path: '${team:/x}' },
    'dev',
    /secrets\.local\.path refers to \$\{team:\/x\}.*another store/,
  ],
  [{ type: 'dotenv', path: '${lease:db#X}' }, 'dev', /another store/],
  [
    { type: 'dotenv', path: '${env:UNSET}' },
    'dev',
    /secrets\.local\.path refers to \$\{env:UNSET\}.*not set/,
  ],
  [{ type: 'dotenv', path: '${NAME}' }, 'dev', /is not understood/],
  [{ type: 'dotenv', path: '.env.{environment}' }, undefined, /no environment is chosen/],
  [{ type: 'dotenv', path: ' ' }, 'dev', /secrets\.local\.path is empty/],
]

describe("a store's own settings", () => {
  test.each(settings)('%j in %s is refused with a hint', async (options, environment, message) => {
    await expect(openStore('local', options, { ...context, environment })).rejects.toMatchObject({
      code: 'invalid_reference',
      message: expect.stringMatching(message) as string,
      hint: expect.stringMatching(/./) as string,
    })
  })

  test('a placeholder in what a reference brings is text', async () => {
    await expect(read({ type: 'dotenv', path: '.env.${env:TRICK}' }, 'A')).resolves.toMatchObject({
      ok: false,
      error: { message: expect.stringMatching(/\.env\.\{environment\}$/) as string },
    })
  })

  test('a store that cannot be opened answers with why, and the others open', async () => {
    const stores = await openStores(
      new Map<string, StoreOptions>([
        ['bad', { type: 'dotenv', path: '${env:UNSET}' }],
        ['local', DOTENV],
      ]),
      context,
    )
    const ask = async (alias: string): Promise<StoreAnswer | undefined> => {
      const answers = await stores.get(alias)?.resolve([{ path: 'TOKEN' }], {
        serverId: 'srv',
        signal: new AbortController().signal,
      })
      return answers?.[0]
    }
    expect(await ask('local')).toMatchObject({ ok: true })
    expect(await ask('bad')).toMatchObject({
      ok: false,
      error: {
        message: 'secrets.bad.path refers to ${env:UNSET}: the environment variable UNSET is not set',
      },
    })
  })

  test.each(['env', 'file', 'lease', 'Team', '-x'])('%s is no alias', (alias) => {
    expect(secretsOptions.safeParse({ [alias]: { type: 'env' } }).success).toBe(false)
  })
})
