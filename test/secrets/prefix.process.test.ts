/** `prefix:` of the stores: where it goes, that resolving, checking and watching agree on it, and what people read. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { storeOptions, type StoreOptions } from '../../src/secrets/stores/options.ts'
import type { Store, StoreAnswer, StoreReference } from '../../src/secrets/store.ts'
import { openStore } from '../../src/secrets/stores/index.ts'
import { prefixed, prefixPath } from '../../src/secrets/stores/prefixed.ts'
import { isWritable } from '../../src/secrets/stores/writable.ts'
import { watched } from './watched.ts'

const CONTEXT = { serverId: 'srv', signal: new AbortController().signal }
const ID = '11111111-2222-4333-8444-555555555555'
const ARN = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:db-AbCdEf'

describe('where it goes', () => {
  const cases: readonly [StoreOptions['type'], prefix: string, path: string, meant: string][] = [
    ['env', 'dev_', 'TOKEN', 'dev_TOKEN'],
    ['dotenv', 'DEV_', 'TOKEN', 'DEV_TOKEN'],
    ['local', 'dev/', 'github/TOKEN', 'dev/github/TOKEN'],
    ['pass', 'work/dev/', 'github', 'work/dev/github'],
    ['keychain', 'dev-', 'github', 'dev-github'],
    ['file', 'dev-', 'sub/token', 'dev-sub/token'],
    ['vault', 'dev-', '/github/bot', '/dev-github/bot'],
    ['vault', 'dev/', '/github/bot', '/dev/github/bot'],
    ['vault', '/dev/', '/github/bot', '/dev/github/bot'],
    ['vault', 'dev-', '/', '/'],
    ['vault', 'dev-', 'github', 'dev-github'],
    ['infisical', 'dev_', '/TOKEN', '/dev_TOKEN'],
    ['infisical', 'dev_', '/github/app/TOKEN', '/github/app/dev_TOKEN'],
    ['infisical', 'dev/', '/github/TOKEN', '/github/dev/TOKEN'],
    ['infisical', 'dev_', '/github/', '/github/'],
    ['infisical', 'dev_', 'TOKEN', 'dev_TOKEN'],
    ['aws-sm', 'dev/', 'db?stage=AWSPREVIOUS', 'dev/db?stage=AWSPREVIOUS'],
    ['aws-sm', 'dev/', '/team/db', '/dev/team/db'],
    ['aws-sm', 'dev/', ARN, ARN],
    ['azure-kv', 'dev-', 'db?version=1', 'dev-db?version=1'],
    ['bws', 'dev_', 'TOKEN', 'dev_TOKEN'],
    ['bws', 'dev_', ID, ID],
    ['op', 'dev-', 'vault/item/field', 'dev-vault/item/field'],
    ['op', 'dev-', 'op://vault/item/field', 'op://dev-vault/item/field'],
  ]
  test.each(cases)('%s, %j before %s: %s', (type, prefix, path, meant) => {
    expect(prefixPath(type, prefix, path)).toBe(meant)
  })
})

test.each(['sops', 'age'])('a store of type %s takes none, since its references are files', (type) => {
  const options = { type, path: 'secrets', ...(type === 'age' ? { identity: 'key.txt' } : {}) }
  expect(storeOptions.safeParse(options).success).toBe(true)
  expect(storeOptions.safeParse({ ...options, prefix: 'x' }).success).toBe(false)
})

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sidemux-prefix-'))
  await mkdir(join(dir, 'mounted'))
  await writeFile(
    join(dir, '.env'),
    'dev_TOKEN=dev-value-0123\nprod_TOKEN=prod-value-0123\nTOKNE=plain-value-0123\n',
  )
  await writeFile(join(dir, 'mounted', 'dev-token'), 'mounted-value-0123\n')
})
afterAll(() => rm(dir, { recursive: true }))

const open = (options: StoreOptions, environment: string | undefined = 'dev'): Promise<Store> =>
  openStore('alias', options, {
    environment,
    baseDir: dir,
    env: { dev_TOKEN: 'env-value-0123', SIDEMUX_STATE_DIR: join(dir, 'state') },
    pollMs: 30,
  })

async function read(
  options: StoreOptions,
  path: string,
  environment?: string,
): Promise<StoreAnswer | undefined> {
  const store = await open(options, environment)
  return (await store.resolve([{ path }], CONTEXT))[0]
}

const DOTENV: StoreOptions = { type: 'dotenv', path: '.env', prefix: '{environment}_' }

describe('real stores', () => {
  test.each<[StoreOptions, path: string, value: string, environment?: string]>([
    [DOTENV, 'TOKEN', 'dev-value-0123'],
    [DOTENV, 'TOKEN', 'prod-value-0123', 'prod'],
    [{ type: 'dotenv', path: '.env', prefix: '' }, 'TOKNE', 'plain-value-0123'],
    [{ type: 'env', prefix: '{environment}_' }, 'TOKEN', 'env-value-0123'],
    [{ type: 'file', path: 'mounted', prefix: '{environment}-' }, 'token', 'mounted-value-0123'],
    [
      {
        type: 'exec',
        command: [process.execPath, '-p', 'process.argv[1]', '{path}'],
        prefix: '{environment}/',
      },
      'token',
      'dev/token',
    ],
  ])('%j %s', async (options, path, value, environment) => {
    expect(await read(options, path, environment)).toEqual({ ok: true, value })
  })

  test('without an environment to fill in it is refused (promise 1)', async () => {
    const context = { environment: undefined, baseDir: dir, env: {} }
    await expect(openStore('alias', DOTENV, context)).rejects.toMatchObject({
      message: 'secrets.alias.prefix says {environment}, and no environment is chosen',
      hint: expect.stringContaining('--environment') as string,
    })
  })

  test('a slip in {environment} is no name of its own', async () => {
    const options = { type: 'dotenv', path: '.env.{enviroment}' } as const
    await expect(
      openStore('alias', options, { environment: 'dev', baseDir: dir, env: {} }),
    ).rejects.toMatchObject({
      message: 'secrets.alias.path says {enviroment}',
      hint: 'did you mean {environment}?',
    })
  })

  test('it leads out of no directory', async () => {
    const store = await open({ type: 'file', path: 'mounted', prefix: '../' })
    expect(store.validate({ path: '.env' })).toHaveLength(1)
    const pass = await open({ type: 'pass', directory: 'mounted', prefix: '-' })
    expect(pass.validate({ path: '-clip' })).toHaveLength(1)
  })

  test('what is watched is what is read', async () => {
    await writeFile(join(dir, 'watched.env'), 'dev_TOKEN=one-value-0123\nTOKEN=x\n')
    const store = await open({ type: 'dotenv', path: 'watched.env', prefix: '{environment}_' })
    const { changes, stop } = await watched(store, 'TOKEN')
    await writeFile(join(dir, 'watched.env'), 'dev_TOKEN=one-value-0123\nTOKEN=y\n')
    await new Promise((resolve) => setTimeout(resolve, 250))
    expect(changes()).toBe(0)
    await writeFile(join(dir, 'watched.env'), 'dev_TOKEN=two-value-0123\nTOKEN=y\n')
    await expect.poll(changes).toBe(1)
    stop()
  })

  test('what is put can be read back, under the same name', async () => {
    const store = await open({ type: 'local', prefix: '{environment}/' })
    if (!isWritable(store)) throw new Error('it takes nothing')
    const values = new Map<string, string>()
    const kept = prefixed(
      {
        ...store,
        put: (path: string, value: string) => Promise.resolve(void values.set(path, value)),
      } as Store,
      'local',
      'alias',
      'dev/',
    )
    if (!isWritable(kept)) throw new Error('it takes nothing')
    await kept.put('TOKEN', 'x', CONTEXT.signal)
    expect([...values]).toEqual([['dev/TOKEN', 'x']])
  })
})

describe('what people read', () => {
  test.each<[StoreOptions, path: string, message: RegExp, hint: RegExp]>([
    [
      DOTENV,
      'TOKNE',
      /has no dev_TOKNE \(prefix: of the store makes TOKNE dev_TOKNE\)$/,
      /^did you mean TOKEN\?/,
    ],
    [
      { type: 'dotenv', path: '.env', prefix: 'X' },
      'OKNE',
      /has no XOKNE/,
      /^is it TOKNE, which prefix: of the store leaves out\?/,
    ],
    [{ type: 'env', prefix: 'X_' }, 'TOKEN', /variable X_TOKEN is not set \(prefix/, /^set X_TOKEN where/],
    [{ type: 'local', prefix: 'dev/' }, 'TOKEN', /"dev\/TOKEN"/, /sidemux secrets set dev\/TOKEN$/],
  ])('%j %s', async (options, path, message, hint) => {
    const answer = await read(options, path)
    if (answer?.ok !== false) throw new Error('it was resolved')
    expect(answer.error).toMatchObject({ code: 'not_found', retryable: false })
    expect(answer.error.message).toMatch(message)
    expect(answer.error.hint).toMatch(hint)
  })

  test.each<[StoreOptions, reference: StoreReference, expected: string]>([
    [
      { type: 'env', prefix: 'dev_' },
      { path: 'A B' },
      '"dev_A B" is not the name of an environment variable (prefix: of the store makes A B dev_A B)',
    ],
    [
      { type: 'vault', address: 'http://127.0.0.1:9', auth: { method: 'token', token: 't' }, prefix: 'dev-' },
      { path: 'github' },
      '"dev-github" does not begin with /; write ${alias:/github#FIELD} (prefix: of the store makes github dev-github)',
    ],
    [
      { type: 'doppler', token: 't', prefix: 'dev_' },
      { path: 'TOKEN' },
      '"dev_TOKEN" is not a name of Doppler\'s: A-Z, 0-9 and _ (prefix: of the store makes TOKEN dev_TOKEN)',
    ],
  ])('%j %j', async (options, reference, expected) => {
    expect((await open(options)).validate(reference)).toEqual([expected])
  })

  test('a field that is not there is told of the reference as it is written', async () => {
    const store = await open(DOTENV)
    const [answer] = await store.resolve([{ path: 'TOKEN', field: 'id' }], CONTEXT)
    expect(answer).toMatchObject({
      ok: false,
      error: { message: 'alias:TOKEN is not JSON, so it has no field "id"' },
    })
  })
})

test('leases, closing and retries pass as they are', async () => {
  const asked: unknown[] = []
  const store = prefixed(
    {
      type: 'vault',
      validate: () => [],
      resolve: () => Promise.resolve([]),
      lease: (reference) => {
        asked.push(reference.path)
        return Promise.resolve({ id: 'l', fields: new Map(), expiresAt: 0, renewable: false })
      },
      close: () => Promise.resolve(void asked.push('closed')),
    },
    'vault',
    'alias',
    'dev-',
  )
  await store.lease?.({ path: '/database/creds/ro' }, undefined, CONTEXT)
  await store.close()
  expect(asked).toEqual(['/database/creds/ro', 'closed'])
  expect('watch' in store).toBe(false)
})
