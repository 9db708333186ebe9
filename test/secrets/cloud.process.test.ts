/** AWS, Azure, Google and Doppler against servers with their wire shapes: what is read, and each store × each fault. */
import { execFile } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { controllerForMany } from '../../src/cancellation.ts'
import type { StoreOptions } from '../../src/secrets/stores/options.ts'
import type { Store, StoreAnswer, StoreErrorCode } from '../../src/secrets/store.ts'
import { openStore } from '../../src/secrets/stores/index.ts'
import { startAws } from '../servers/aws.mjs'
import { startAzure } from '../servers/azure.mjs'
import { startDoppler } from '../servers/doppler.mjs'
import type { CommonFault, FaultyServer } from '../servers/faults.mjs'
import { startGcp } from '../servers/gcp.mjs'

const VALUE = 'value-0123456789abcdef'
const JSON_VALUE = '{"db":{"password":"pw-0123456789"}}'

type Fault = CommonFault | 'expired' | 'denied' | 'missing' | 'empty'

/** A store on a test server, with one secret `path` and one in JSON. */
interface Rig {
  readonly server: FaultyServer<'read' | 'login', Fault>
  readonly store: Store
  readonly path: string
  readonly json: string
  /** What must never be in an error. */
  readonly secrets: () => readonly string[]
}

let dir: string
const ends: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sidemux-cloud-'))
  // AWS's client reads the process's own environment and home.
  process.env['AWS_ACCESS_KEY_ID'] = 'AKIATEST'
  process.env['AWS_SECRET_ACCESS_KEY'] = 'aws-secret-0123456789'
  process.env['AWS_EC2_METADATA_DISABLED'] = 'true'
  process.env['AWS_CONFIG_FILE'] = process.env['AWS_SHARED_CREDENTIALS_FILE'] = join(dir, 'none')
})

afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

afterAll(() => rm(dir, { recursive: true }))

async function open(options: StoreOptions, env: NodeJS.ProcessEnv = {}, pollMs = 60_000): Promise<Store> {
  const store = await openStore('cloud', options, { environment: 'dev', baseDir: dir, env, pollMs })
  ends.push(() => store.close())
  return store
}

function ending<T extends { close(): Promise<void> }>(server: T): T {
  ends.push(() => server.close())
  return server
}

async function aws(): Promise<Rig> {
  const server = ending(
    await startAws({
      secrets: {
        'prod/token': [
          { id: 'a'.repeat(36), stages: ['AWSCURRENT'], value: VALUE },
          { id: 'b'.repeat(36), stages: ['AWSPREVIOUS'], value: 'previous-value-1' },
        ],
        'prod/db': [{ id: 'c'.repeat(36), stages: ['AWSCURRENT'], value: JSON_VALUE }],
        binary: [{ id: 'd'.repeat(36), stages: ['AWSCURRENT'], value: Buffer.from([255, 254]) }],
      },
    }),
  )
  const store = await open({ type: 'aws-sm', region: 'eu-central-1', endpoint: server.url })
  return { server, store, path: 'prod/token', json: 'prod/db', secrets: () => ['aws-secret-0123456789'] }
}

async function azure(): Promise<Rig> {
  const server = ending(
    await startAzure({ secrets: { token: { v1: 'old-value-1', v2: VALUE }, db: { v1: JSON_VALUE } } }),
  )
  const store = await open(
    {
      type: 'azure-kv',
      vaultUrl: server.url,
      auth: {
        method: 'client-credentials',
        tenantId: server.tenant,
        clientId: server.clientId,
        clientSecret: '${env:S}',
      },
    },
    { S: server.clientSecret, AZURE_AUTHORITY_HOST: server.url },
  )
  return { server, store, path: 'token', json: 'db', secrets: () => [server.clientSecret, ...server.tokens] }
}

async function gcp(skewMs = 0): Promise<Rig> {
  const server = ending(
    await startGcp({ skewMs, secrets: { token: { 1: 'old-value-1', 2: VALUE }, db: { 1: JSON_VALUE } } }),
  )
  await writeFile(join(dir, 'key.json'), JSON.stringify(server.key))
  const store = await open({
    type: 'gcp-sm',
    project: server.project,
    siteUrl: server.url,
    auth: { method: 'key-file', path: 'key.json' },
  })
  return {
    server,
    store,
    path: 'token',
    json: 'db',
    secrets: () => ['assertion', 'PRIVATE KEY', ...server.tokens],
  }
}

async function doppler(): Promise<Rig> {
  const server = ending(await startDoppler({ secrets: { TOKEN: VALUE, DB: JSON_VALUE } }))
  const store = await open({ type: 'doppler', siteUrl: server.url, token: server.token })
  return { server, store, path: 'TOKEN', json: 'DB', secrets: () => [server.token] }
}

const RIGS = { 'aws-sm': aws, 'azure-kv': azure, 'gcp-sm': gcp, doppler }
const NAMES = ['aws-sm', 'azure-kv', 'gcp-sm', 'doppler'] as const

async function read(
  store: Store,
  path: string,
  field?: string,
  signal = new AbortController().signal,
): Promise<StoreAnswer> {
  const reference = field === undefined ? { path } : { path, field }
  expect(store.validate(reference)).toEqual([])
  const [answer] = await store.resolve([reference], { serverId: 'srv', signal })
  if (answer === undefined) throw new Error('no answer')
  return answer
}

function failed(answer: StoreAnswer): Extract<StoreAnswer, { ok: false }>['error'] {
  if (answer.ok) throw new Error('it was resolved')
  return answer.error
}

describe.each(NAMES)('%s', (name) => {
  const rig = RIGS[name]

  test('reads a value, a JSON field, and a batch with one that fails', async () => {
    const { store, path, json } = await rig()
    expect(await read(store, path)).toMatchObject({ ok: true, value: VALUE })
    expect(await read(store, json, 'db.password')).toMatchObject({ ok: true, value: 'pw-0123456789' })
    const missing = path.replace('oken', 'okne').replace('OKEN', 'OKNE')
    const answers = await store.resolve([{ path: missing }, { path }, { path: json, field: 'nope' }], {
      serverId: 'srv',
      signal: controllerForMany().signal,
    })
    expect(answers.map((answer) => (answer.ok ? 'ok' : answer.error.code))).toEqual([
      'not_found',
      'ok',
      'not_found',
    ])
  })

  test('twenty fields of one secret cost one request', async () => {
    const { server, store, json } = await rig()
    const references = Array.from({ length: 20 }, () => ({ path: json, field: 'db.password' }))
    await store.resolve(references, { serverId: 'srv', signal: controllerForMany().signal })
    expect(server.count('read')).toBe(1)
  })

  const faults: readonly [
    Fault,
    { retryAfter?: number; location?: string },
    StoreErrorCode,
    retryable: boolean,
  ][] = [
    ['html', {}, 'unavailable', false],
    ['drop', {}, 'unavailable', true],
    ['drop-after', {}, 'unavailable', true],
    ['rate-limited', { retryAfter: 7 }, 'rate_limited', true],
    ['rate-limited-500', { retryAfter: 7 }, 'rate_limited', true],
    ['broken', {}, 'unavailable', true],
    ['expired', {}, 'auth', false],
    ['denied', {}, 'denied', false],
    ['missing', {}, 'not_found', false],
    ['echo', {}, 'unavailable', false],
    ['redirect', { location: 'https://elsewhere.example/' }, 'unavailable', false],
  ]

  test.each(faults)(
    '%s %j: %s, retryable %s; nothing of it is passed on (promise 3)',
    async (kind, options, code, retryable) => {
      const { server, store, path, secrets } = await rig()
      server.fail(kind, options)
      const error = failed(await read(store, path))
      expect(error).toMatchObject({
        code,
        retryable,
        retryAfterMs: options.retryAfter === undefined ? undefined : 7000,
      })
      expect(error.hint).toBeTruthy()
      const told = [error.message, error.hint, error.stack, String(error.cause), JSON.stringify(error)].join(
        '\n',
      )
      for (const secret of [VALUE, 'Bearer ', 'Invalid request', 'refused"', ...secrets()])
        expect(told).not.toContain(secret)
      server.heal()
      // What it wished is kept, though it is well again.
      expect((await read(store, path)).ok).toBe(options.retryAfter === undefined)
    },
  )

  test('an answer without a value is an error', async () => {
    const { server, store, path } = await rig()
    server.fail('empty')
    expect(failed(await read(store, path)).code).toBe(
      name === 'doppler' ? 'not_found' : name === 'aws-sm' ? 'invalid_reference' : 'unavailable',
    )
  })

  test.each(['stall', 'hang'] as const)(
    'a %s ends with its signal and leaves no request open',
    async (kind) => {
      const { server, store, path } = await rig()
      server.fail(kind)
      const controller = new AbortController()
      setTimeout(() => controller.abort(new Error('too late')), 300)
      expect((await read(store, path, undefined, controller.signal)).ok).toBe(false)
      await expect.poll(() => server.openRequests()).toBe(0)
    },
  )

  test('a slow back end is waited for', async () => {
    const { server, store, path } = await rig()
    server.fail('slow')
    expect(await read(store, path)).toMatchObject({ ok: true })
  })

  test('close does not wait for a back end that hangs', async () => {
    const { server, store, path } = await rig()
    server.fail('hang')
    const controller = new AbortController()
    const reading = store.resolve([{ path }], { serverId: 'srv', signal: controller.signal })
    await expect.poll(() => server.count('read')).toBe(1)
    await store.close()
    controller.abort(new Error('stopping'))
    expect((await reading)[0]?.ok).toBe(false)
  })
})

describe('a login', () => {
  const both = ['azure-kv', 'gcp-sm'] as const

  test.each(both)('%s: one for many, kept, and replaced once when refused', async (name) => {
    const { server, store, path, json } = await RIGS[name]()
    await Promise.all([read(store, path), read(store, json), read(store, path)])
    await read(store, path)
    expect(server.count('login')).toBe(1)
    server.fail('expired', { times: 1 })
    expect(await read(store, path)).toMatchObject({ ok: true })
    expect(server.count('login')).toBe(2)
  })

  const loginFaults: readonly [Fault, { retryAfter?: number; location?: string }, StoreErrorCode][] = [
    ['html', {}, 'unavailable'],
    ['drop', {}, 'unavailable'],
    ['rate-limited', { retryAfter: 7 }, 'rate_limited'],
    ['broken', {}, 'unavailable'],
    ['echo', {}, 'unavailable'],
    ['denied', {}, 'auth'],
    ['empty', {}, 'unavailable'],
    ['redirect', { location: 'https://elsewhere.example/' }, 'unavailable'],
  ]

  describe.each(both)('at %s', (name) => {
    test.each(loginFaults)('%s %j: %s (promise 3)', async (kind, options, code) => {
      const { server, store, path, secrets } = await RIGS[name]()
      server.fail(kind, { ...options, on: 'login' })
      const error = failed(await read(store, path))
      expect(error.code).toBe(code)
      for (const secret of secrets())
        expect(`${error.message} ${error.hint} ${error.stack}`).not.toContain(secret)
    })
  })

  test("Google: a clock that is off is corrected by the token endpoint's", async () => {
    const { store, path } = await gcp(2 * 3600_000)
    expect(await read(store, path)).toMatchObject({ ok: true, value: VALUE })
  })

  test('AWS: a clock that is off is corrected, and asking again is advised', async () => {
    const server = ending(
      await startAws({
        skewMs: 3600_000,
        secrets: { a: [{ id: 'a'.repeat(36), stages: ['AWSCURRENT'], value: VALUE }] },
      }),
    )
    const store = await open({ type: 'aws-sm', region: 'eu-central-1', endpoint: server.url })
    expect(failed(await read(store, 'a'))).toMatchObject({ code: 'unavailable', retryable: true })
    expect(await read(store, 'a')).toMatchObject({ ok: true, value: VALUE })
  })

  test.each([
    ['throttled', 'rate_limited'],
    ['deleted', 'not_found'],
  ] as const)('AWS: %s is %s', async (kind, code) => {
    const { server, store, path } = await aws()
    ;(server as unknown as Awaited<ReturnType<typeof startAws>>).fail(kind)
    expect(failed(await read(store, path)).code).toBe(code)
  })

  test('AWS: refused credentials name what to run', async () => {
    const server = ending(await startAws({ accessKeyId: 'AKIAOTHER' }))
    const store = await open({ type: 'aws-sm', region: 'eu-central-1', endpoint: server.url })
    const error = failed(await read(store, 'a'))
    expect(error).toMatchObject({ code: 'auth', hint: expect.stringContaining('aws sso login') as string })
  })
})

describe('versions', () => {
  test.each([
    ['aws-sm', 'prod/token?stage=AWSPREVIOUS', 'previous-value-1'],
    ['aws-sm', `prod/token?version=${'b'.repeat(36)}`, 'previous-value-1'],
    ['azure-kv', 'token?version=v1', 'old-value-1'],
    ['gcp-sm', 'token?version=1', 'old-value-1'],
  ] as const)('%s: %s', async (name, path, value) => {
    const { store } = await RIGS[name]()
    expect(await read(store, path)).toMatchObject({ ok: true, value })
  })

  test.each([
    ['aws-sm', 'token?stag=X'],
    ['aws-sm', 'to ken'],
    ['azure-kv', 'token/v1'],
    ['azure-kv', 'token?stage=AWSPREVIOUS'],
    ['gcp-sm', '../../x'],
    ['gcp-sm', 'token?version=../1'],
    ['doppler', 'token'],
  ] as const)('%s: %s is refused by its text', async (name, path) => {
    const { store } = await RIGS[name]()
    expect(store.validate({ path })).toHaveLength(1)
  })

  test('AWS: what is not text is told', async () => {
    const { store } = await aws()
    expect(failed(await read(store, 'binary')).code).toBe('invalid_reference')
  })
})

describe('other logins', () => {
  const azureAt = async (
    auth: Extract<StoreOptions, { type: 'azure-kv' }>['auth'],
    env: (server: Awaited<ReturnType<typeof startAzure>>) => NodeJS.ProcessEnv,
  ): Promise<StoreAnswer> => {
    const server = ending(await startAzure({ secrets: { token: { v1: VALUE } } }))
    const options = {
      type: 'azure-kv' as const,
      vaultUrl: server.url,
      ...(auth === undefined ? {} : { auth }),
    }
    return read(
      await open(options, { PATH: `${dir}${delimiter}${process.env['PATH']}`, ...env(server) }),
      'token',
    )
  }

  test('Azure by federated token, managed identity of a machine and of an app, and what the environment says', async () => {
    await writeFile(join(dir, 'federated'), 'federated-token-0123456789\n')
    const workload = (server: { url: string; tenant: string; clientId: string }): NodeJS.ProcessEnv => ({
      AZURE_AUTHORITY_HOST: server.url,
      AZURE_TENANT_ID: server.tenant,
      AZURE_CLIENT_ID: server.clientId,
      AZURE_FEDERATED_TOKEN_FILE: join(dir, 'federated'),
    })
    const good = { ok: true, value: VALUE }
    expect(await azureAt({ method: 'workload-identity' }, workload)).toMatchObject(good)
    expect(await azureAt(undefined, workload)).toMatchObject(good)
    expect(
      await azureAt({ method: 'managed-identity' }, ({ url }) => ({
        AZURE_POD_IDENTITY_AUTHORITY_HOST: url,
      })),
    ).toMatchObject(good)
    expect(
      await azureAt(undefined, ({ url }) => ({
        IDENTITY_ENDPOINT: `${url}/msi/token`,
        IDENTITY_HEADER: 'header-1',
      })),
    ).toMatchObject(good)
  })

  test('the identity of this machine is not asked of another', async () => {
    await expect(
      azureAt({ method: 'managed-identity' }, () => ({
        AZURE_POD_IDENTITY_AUTHORITY_HOST: 'http://10.0.0.1',
      })),
    ).rejects.toThrow(/another machine/)
    await expect(
      open(
        { type: 'gcp-sm', project: 'p', auth: { method: 'metadata' } },
        { GCE_METADATA_HOST: 'evil.example' },
      ),
    ).rejects.toThrow(/another machine/)
  })

  test('Azure and Google by their command lines, whose words are not passed on', async () => {
    const token = join(dir, 'token')
    const program = async (name: string, script: string): Promise<void> => {
      await writeFile(join(dir, name), `#!/bin/sh\n${script}\n`)
      await chmod(join(dir, name), 0o755)
    }
    await program('az', `echo "{\\"accessToken\\":\\"$(cat ${token})\\",\\"expires_on\\":4102444800}"`)
    await program('gcloud', `cat ${token}; echo`)
    const path = `${dir}${delimiter}${process.env['PATH']}`
    const server = ending(await startAzure({ secrets: { token: { v1: VALUE } } }))
    server.tokens.add('cli-token-1')
    await writeFile(token, 'cli-token-1')
    const azureStore = await open({ type: 'azure-kv', vaultUrl: server.url }, { PATH: path })
    expect(await read(azureStore, 'token')).toMatchObject({ ok: true, value: VALUE })
    const google = ending(await startGcp({ secrets: { token: { 1: VALUE } } }))
    google.tokens.add('cli-token-1')
    const gcpOptions = { type: 'gcp-sm' as const, project: google.project, siteUrl: google.url }
    expect(await read(await open(gcpOptions, { PATH: path }), 'token')).toMatchObject({
      ok: true,
      value: VALUE,
    })
    await program('gcloud', 'echo "secret-words" >&2; exit 1')
    const error = failed(await read(await open(gcpOptions, { PATH: path }), 'token'))
    expect(`${error.message} ${error.hint}`).not.toContain('secret-words')
  })

  test('Google by the metadata server, and by application-default credentials', async () => {
    const server = ending(await startGcp({ secrets: { token: { 1: VALUE } } }))
    const options = { type: 'gcp-sm' as const, project: server.project, siteUrl: server.url }
    const metadata = await open(
      { ...options, auth: { method: 'metadata' } },
      { GCE_METADATA_HOST: new URL(server.url).host },
    )
    expect(await read(metadata, 'token')).toMatchObject({ ok: true, value: VALUE })
    const user = {
      type: 'authorized_user',
      client_id: 'id',
      client_secret: 'secret-1',
      refresh_token: 'refresh-1',
    }
    await writeFile(join(dir, 'adc.json'), JSON.stringify({ ...user, token_uri: `${server.url}/token` }))
    const adc = await open(options, { GOOGLE_APPLICATION_CREDENTIALS: join(dir, 'adc.json') })
    expect(await read(adc, 'token')).toMatchObject({ ok: true, value: VALUE })
  })
})

describe('watching', () => {
  test('Doppler by its ETag: one change, one call, and no body while nothing changes', async () => {
    const server = ending(await startDoppler({ secrets: { TOKEN: VALUE } }))
    const store = await open({ type: 'doppler', siteUrl: server.url, token: server.token }, {}, 20)
    let changes = 0
    const stop = store.watch?.([{ path: 'TOKEN' }], () => (changes += 1))
    await expect
      .poll(() => server.requests.filter((seen) => seen.headers['if-none-match']).length)
      .toBeGreaterThan(2)
    expect(changes).toBe(0)
    server.set('TOKEN', 'other-value-1')
    await expect.poll(() => changes).toBe(1)
    stop?.()
    // One that had left before may still arrive.
    await new Promise((resolve) => setTimeout(resolve, 100))
    const asked = server.requests.length
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect([changes, server.requests.length - asked]).toEqual([1, 0])
  })

  test('a version that is added is a change; a back end that fails is none', async () => {
    const server = ending(await startGcp({ secrets: { token: { 1: VALUE } } }))
    await writeFile(join(dir, 'watch.json'), JSON.stringify(server.key))
    const store = await open(
      {
        type: 'gcp-sm',
        project: server.project,
        siteUrl: server.url,
        auth: { method: 'key-file', path: 'watch.json' },
      },
      {},
      20,
    )
    let changes = 0
    ends.push(async () => store.watch?.([], () => {})())
    const stop = store.watch?.([{ path: 'token' }], () => (changes += 1))
    await expect.poll(() => server.count('read')).toBeGreaterThan(1)
    server.fail('broken', { times: 1 })
    await expect.poll(() => server.count('read')).toBeGreaterThan(3)
    expect(changes).toBe(0)
    server.secrets['token'] = { 1: VALUE, 2: 'new-value-1' }
    await expect.poll(() => changes).toBe(1)
    stop?.()
  })
})

test("AWS's client writes nothing into the host's log, and other warnings are heard", async () => {
  const server = ending(
    await startAws({ secrets: { token: [{ id: 'a'.repeat(36), stages: ['AWSCURRENT'], value: VALUE }] } }),
  )
  const script = `
    import { openStore } from ${JSON.stringify(resolve(import.meta.dirname, '../../dist/secrets/stores/index.js'))}
    const options = { type: 'aws-sm', region: 'eu-central-1', endpoint: ${JSON.stringify(server.url)} }
    const store = await openStore('cloud', options, { environment: 'dev', baseDir: '/', env: {} })
    const [{ ok }] = await store.resolve([{ path: 'token' }], { serverId: 'a', signal: new AbortController().signal })
    process.emitWarning('another one')
    console.log(ok)`
  const child = execFile(process.execPath, ['--input-type=module', '-e', script])
  let [out, err] = ['', '']
  child.stdout?.on('data', (text: string) => (out += text))
  child.stderr?.on('data', (text: string) => (err += text))
  await new Promise((exited) => child.once('close', exited))
  expect(out).toBe('true\n')
  expect(err).toContain('another one')
  expect(err).not.toContain('NodeVersionSupportWarning')
})
