/**
 * What a back end answers, what it comes to in our words, and what it tells its reader to do: each hint fits each cause
 * that gives that answer, and what doesn't pass by itself isn't called passing.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { StoreOptions } from '../../src/secrets/stores/options.ts'
import { StoreError, type Store, type StoreErrorCode } from '../../src/secrets/store.ts'
import { explainAws } from '../../src/secrets/stores/aws/errors.ts'
import { openStore } from '../../src/secrets/stores/index.ts'
import { startInfisical } from '../servers/infisical.mjs'
import { startVault } from '../servers/vault.mjs'
import { dir, NAMES, RIGS, type Name, useRigs } from './rigs.ts'

useRigs()

const CONTEXT = { serverId: 'srv', signal: new AbortController().signal }

/** What asking comes to. @throws when it comes to a value */
async function failing(store: Store, path: string, field?: string): Promise<StoreError> {
  const [answer] = await store.resolve([field === undefined ? { path } : { path, field }], CONTEXT)
  if (answer?.ok !== false) throw new Error('it did not fail')
  return answer.error
}

type Row = readonly [
  status: number,
  code: StoreErrorCode,
  message: RegExp,
  hint: RegExp,
  again: 'again' | 'not again',
]

const EVERYWHERE: readonly Row[] = [
  [408, 'timeout', /in time \(HTTP 408\)/, /asked again by itself/, 'again'],
  [429, 'rate_limited', /limits how often/, /asked again by itself/, 'again'],
  [500, 'unavailable', /failed \(HTTP 500\)/, /status page/, 'again'],
  [502, 'unavailable', /failed \(HTTP 502\)/, /status page/, 'again'],
  [407, 'unavailable', /proxy/, /HTTPS_PROXY/, 'not again'],
  [418, 'unavailable', /refused the request \(HTTP 418\)/, /check/, 'not again'],
]

/** Beside those; a kind of answer that a store tells apart takes the place of that line. */
const BY_STORE: Readonly<Record<Name, readonly Row[]>> = {
  vault: [
    [
      403,
      'denied',
      /don't allow it to read \/token in "secret"/,
      /read on secret\/data\/token.*check mount: and kvVersion:/,
      'not again',
    ],
    [404, 'not_found', /there is no \/token/, /vault kv put.*kvVersion:/, 'not again'],
    [401, 'auth', /refused the request/, /check auth/, 'not again'],
    [412, 'unavailable', /not caught up/, /again by itself/, 'again'],
    [503, 'unavailable', /sealed/, /unseal it; it is asked again by itself/, 'again'],
    [307, 'unavailable', /standby/, /active node/, 'not again'],
  ],
  infisical: [
    [403, 'denied', /may not read \/github/, /role.*refers to what the identity may not read/, 'not again'],
    [404, 'not_found', /knows no \/github/, /projectId/, 'not again'],
    [400, 'invalid_reference', /does not understand/, /projectId, which is an id/, 'not again'],
    [422, 'invalid_reference', /does not understand/, /slug/, 'not again'],
    [401, 'auth', /refuses its own login's token/, /trusted IPs/, 'not again'],
    [503, 'unavailable', /failed \(HTTP 503\)/, /status page/, 'again'],
  ],
  'aws-sm': [
    [403, 'denied', /may not read token/, /secretsmanager:GetSecretValue/, 'not again'],
    [401, 'auth', /refuses the credentials/, /profile: and endpoint:/, 'not again'],
    [407, 'unavailable', /failed \(HTTP 407\)/, /proxy/, 'not again'],
    [408, 'unavailable', /failed \(HTTP 408\)/, /proxy/, 'again'],
    [418, 'unavailable', /failed \(HTTP 418\)/, /region: and endpoint:/, 'not again'],
    [500, 'unavailable', /failed \(HTTP 500\)/, /region: and endpoint:/, 'again'],
    [502, 'unavailable', /failed \(HTTP 502\)/, /region: and endpoint:/, 'again'],
  ],
  'azure-kv': [
    [400, 'invalid_reference', /no such name or version/, /correct the reference/, 'not again'],
    [401, 'auth', /refuses the token/, /tenant/, 'not again'],
    [403, 'denied', /may not read token/, /Key Vault Secrets User.*firewall.*enabled/, 'not again'],
    [404, 'not_found', /no secret token/, /correct the reference/, 'not again'],
  ],
  'gcp-sm': [
    [400, 'not_found', /can't be read/, /enabled and not destroyed/, 'not again'],
    [401, 'auth', /refuses the token/, /log in again/, 'not again'],
    [403, 'denied', /may not read token/, /Secret Accessor.*project: of the store/, 'not again'],
    [404, 'not_found', /no secret token/, /correct the reference/, 'not again'],
  ],
  doppler: [
    [400, 'not_found', /no such project or config/, /project: and config:/, 'not again'],
    [401, 'auth', /refuses the token/, /token:/, 'not again'],
    [403, 'denied', /may not read that config/, /access/, 'not again'],
    [404, 'not_found', /no such project or config/, /project: and config:/, 'not again'],
  ],
}

describe.each(NAMES)('%s answers', (name) => {
  const own = BY_STORE[name]
  const rows = [...own, ...EVERYWHERE.filter(([status]) => !own.some(([one]) => one === status))]
  test.each(rows)('%d: %s', async (status, code, message, hint, again) => {
    const rig = await RIGS[name]()
    onTestFinished(rig.close)
    rig.server.fail('answers', { on: rig.on, reply: { status, body: { message: 'no' } } })
    const error = await failing(rig.store, rig.path)
    expect(error.code).toBe(code)
    expect(error.message).toMatch(message)
    expect(error.hint).toMatch(hint)
    expect(error.retryable).toBe(again === 'again')
  })
})

describe('AWS, by the name of what its client throws', () => {
  const thrown = (name: string, httpStatusCode?: number, more: object = {}): Error =>
    Object.assign(new Error('secret text'), { name, $metadata: { httpStatusCode }, ...more })
  const offline = Object.assign(new Error('x'), { code: 'ENOTFOUND' })
  test.each<[error: Error, code: StoreErrorCode, hint: RegExp, retryable: boolean]>([
    [thrown('AccessDeniedException', 400), 'denied', /GetSecretValue.*kms:Decrypt/, false],
    [thrown('AccessDeniedException', 403), 'denied', /GetSecretValue/, false],
    [thrown('UnknownError', 403), 'denied', /GetSecretValue/, false],
    [thrown('ExpiredTokenException', 403), 'auth', /aws sso login/, false],
    [thrown('SignatureDoesNotMatch', 403), 'auth', /aws sso login/, false],
    [thrown('ResourceNotFoundException', 400), 'not_found', /region:/, false],
    [thrown('InvalidRequestException', 400), 'not_found', /scheduled for deletion/, false],
    [thrown('DecryptionFailure', 400), 'denied', /kms:Decrypt/, false],
    [thrown('ThrottlingException', 400), 'rate_limited', /again by itself/, true],
    [thrown('InternalServiceError', 500), 'unavailable', /region:/, true],
    [thrown('CredentialsProviderError'), 'auth', /aws sso login/, false],
    // The chain of credentials is out of reach, which is no refusal.
    [thrown('CredentialsProviderError', undefined, { cause: offline }), 'unavailable', /network/, true],
  ])('%s', (error, code, hint, retryable) => {
    const told = explainAws(error, 'token')
    expect(told.code).toBe(code)
    expect(told.hint).toMatch(hint)
    expect(told.retryable).toBe(retryable)
    expect(told.message).not.toContain('secret text')
  })
})

describe('Vault', () => {
  const open = async (
    server: { url: string },
    options: Partial<Extract<StoreOptions, { type: 'vault' }>>,
  ): Promise<Store> => {
    const auth = { method: 'approle', roleId: 'role-id-1', secretId: 'secret-id-0123456789' } as const
    const store = await openStore(
      'team',
      { type: 'vault', address: server.url, auth, ...options },
      { environment: 'dev', baseDir: '/', env: {} },
    )
    onTestFinished(() => store.close())
    return store
  }
  const POLICY =
    'path "secret/data/app/a" {\n  capabilities = ["read"]\n}\npath "auth/token/lookup-self" {\n  capabilities = ["read"]\n}\n'

  // Recorded: Vault answers 403 for each of them, as it doesn't tell what there is from what may be read.
  test.each([
    ['kvVersion: 1 for a KV 2 mount', '/app/a', { kvVersion: 1 as const }],
    ['a mount that is not there', '/app/a', { mount: 'sercet', kvVersion: 2 as const }],
    ['another secret', '/app/b', { mount: 'secret/data', kvVersion: 1 as const }],
  ])('%s: the hint names the policy, the mount and the version', async (_what, path, options) => {
    const server = await startVault({
      identities: { 'role-id-1': { secretId: 'secret-id-0123456789', policy: POLICY } },
      engines: { secret: { version: 2, secrets: { 'app/a': { version: 1, data: { x: 'value-1' } } } } },
    })
    onTestFinished(() => server.close())
    const error = await failing(await open(server, options), path, 'x')
    expect(error.code).toBe('denied')
    expect(error.hint).toMatch(/^add read on .* to a policy .*, or check mount: and kvVersion: of the store/)
  })

  test('a secret id that is used up: it must be usable many times', async () => {
    const server = await startVault()
    onTestFinished(() => server.close())
    const store = await open(server, {})
    server.fail('answers', { on: 'login', reply: { status: 400, body: { errors: ['invalid secret id'] } } })
    const error = await failing(store, '/x')
    expect(error.code).toBe('auth')
    expect(error.hint).toMatch(/must be usable many times.*secret_id_num_uses/)
  })

  test('an engine that can not make a credential: its log says why, and nobody asks again', async () => {
    const server = await startVault({ roles: { 'database/creds/ro': {} } })
    onTestFinished(() => server.close())
    const store = await open(server, {})
    server.fail('broken', { on: 'lease' })
    const lease = store.lease?.({ path: '/database/creds/ro' }, undefined, CONTEXT)
    await expect(lease).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('could not make a credential of database/creds/ro') as string,
      hint: expect.stringContaining('creation statement') as string,
      retryable: false,
    })
  })
})

describe('Infisical', () => {
  async function value(secretValue: string): Promise<Store> {
    const server = await startInfisical({ secrets: { dev: { '/a': { KEY: secretValue } } } })
    onTestFinished(() => server.close())
    const { clientId, clientSecret, projectId, url: siteUrl } = server
    const auth = { method: 'universal-auth', clientId, clientSecret } as const
    const options = { type: 'infisical', siteUrl, projectId, environment: 'dev', auth } as const
    const store = await openStore('team', options, { environment: 'dev', baseDir: '/', env: {} })
    onTestFinished(() => store.close())
    return store
  }

  test.each(['pa${ss-no-close-1', 'pa$ss{word}12', '${}password12', 'a}b${cdefghij', '$${notclosed-12'])(
    '%s holds no reference, and is a value',
    async (text) => {
      const store = await value(text)
      expect(await store.resolve([{ path: '/a/KEY' }], CONTEXT)).toMatchObject([{ ok: true, value: text }])
    },
  )

  test.each(['${GONE}', 'x-${prod.a.GONE}-y', 'pa${ss${GONE}', '${a b}'])(
    '%s is one that led nowhere, or may not be read',
    async (text) => {
      const error = await failing(await value(text), '/a/KEY')
      expect(error.code).toBe('not_found')
      expect(error.message).toMatch(/did not find, or that this machine identity may not read/)
      expect(error.hint).toMatch(/correct the \$\{…\}.* or give the identity a permission/)
    },
  )

  test('a name that is not there may be imported from where the identity may not read', async () => {
    const error = await failing(await value('value-0123'), '/a/OTHERWISE')
    expect(error.hint).toMatch(/add it .*imported.*may read the place it comes from/)
  })
})

describe('on this machine', () => {
  const at = (name: string): string => join(dir, name)
  const open = (options: StoreOptions): Promise<Store> =>
    openStore('disk', options, { environment: 'dev', baseDir: dir, env: { PATH: process.env['PATH'] } })

  test.each<[what: string, options: StoreOptions, path: string, code: StoreErrorCode, hint: RegExp]>([
    ['no .env', { type: 'dotenv', path: 'none.env' }, 'A', 'not_found', /create it/],
    ['no such key', { type: 'dotenv', path: 'one.env' }, 'TOKE', 'not_found', /did you mean TOKEN\?/],
    ['a directory', { type: 'dotenv', path: '.' }, 'A', 'invalid_reference', /name a file/],
    ['no file', { type: 'file', path: '.' }, 'none', 'not_found', /create it/],
    ['a file as directory', { type: 'file', path: 'one.env' }, 'x', 'not_found', /create it/],
    ['no program', { type: 'exec', command: ['no-such-program', '{path}'] }, 'x', 'unavailable', /install/],
    ['a program that fails', { type: 'exec', command: ['false', '{path}'] }, 'x', 'unavailable', /terminal/],
    ['op', { type: 'op', program: 'false' }, 'a/b/c', 'unavailable', /unlock 1Password.*terminal/],
    ['bws', { type: 'bws', program: 'false', token: 'x' }, 'A', 'unavailable', /token: of the store/],
    ['pass', { type: 'pass', program: 'false', directory: '.' }, 'gone', 'not_found', /pass insert gone/],
    ['sops', { type: 'sops', program: 'false' }, 'one.env', 'unavailable', /finds a key/],
    ['age', { type: 'age', program: 'false', identity: 'x' }, 'one.env', 'unavailable', /identity:/],
    ['dotenvx', { type: 'dotenvx', program: 'false', path: 'one.env' }, 'A', 'unavailable', /privateKey:/],
  ])('%s', async (_what, options, path, code, hint) => {
    mkdirSync(dir, { recursive: true })
    writeFileSync(at('one.env'), 'TOKEN=value-0123\n')
    const error = await failing(await open(options), path)
    expect(error.code).toBe(code)
    expect(error.hint).toMatch(hint)
    expect(error.retryable).toBe(false)
  })
})
