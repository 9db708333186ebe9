/** Every login that Infisical offers: the proof that is sent, and how long its token is used. */
import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { infisicalOptions, type InfisicalOptions } from '../../src/secrets/stores/infisical/options.ts'
import { signAws } from '../../src/secrets/stores/infisical/aws-sigv4.ts'
import type { Store, StoreAnswer } from '../../src/secrets/store.ts'
import { openStore } from '../../src/secrets/stores/index.ts'
import { startInfisical, type InfisicalServer } from '../servers/infisical.mjs'

const JWT = 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJtZSJ9.c2ln'
const SECRETS = { dev: { '/': { ROOT: 'root-value-1' } } }

let infisical: InfisicalServer
let dir: string
let store: Store | undefined

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'logins-'))
  infisical = await startInfisical({ secrets: SECRETS, accepts: () => true, tokens: [JWT] })
})

afterEach(async () => {
  await store?.close()
  await infisical.close()
  await rm(dir, { recursive: true })
})

async function open(auth: InfisicalOptions['auth'], env: NodeJS.ProcessEnv = {}): Promise<Store> {
  const { projectId, url: siteUrl } = infisical
  const written = { type: 'infisical', siteUrl, projectId, environment: 'dev', auth }
  // As servers.yaml would bring it.
  store = await openStore('team', infisicalOptions.parse(written), { environment: 'dev', baseDir: dir, env })
  return store
}

async function read(store: Store): Promise<StoreAnswer | undefined> {
  return (await store.resolve([{ path: '/ROOT' }], { serverId: 's', signal: AbortSignal.timeout(8000) }))[0]
}

const GOOD = { ok: true, value: 'root-value-1' }

describe('methods', () => {
  test.each([
    [{ method: 'kubernetes-auth', identityId: 'id-1', tokenPath: 'token' }, { jwt: JWT }],
    [{ method: 'kubernetes', identityId: 'id-1', tokenPath: 'token' }, { jwt: JWT }],
    [{ method: 'oidc', identityId: 'id-1', jwt: '${file:token}' }, { jwt: JWT }],
    [{ method: 'jwt', identityId: 'id-1', jwt: '${env:TOKEN}' }, { jwt: JWT }],
    [
      { method: 'ldap', identityId: 'id-1', username: 'robot', password: '${env:PASSWORD}' },
      { username: 'robot', password: 'pw' },
    ],
  ] as const)('%j', async (auth, proof) => {
    await writeFile(join(dir, 'token'), `${JWT}\n`)
    const store = await open(auth, { TOKEN: JWT, PASSWORD: 'pw' })
    expect(await read(store)).toMatchObject(GOOD)
    const method = auth.method.replace(/(-auth)?$/, '-auth')
    expect(infisical.logins).toEqual([{ method, body: { identityId: 'id-1', ...proof } }])
    await store.close()
    expect([...infisical.tokens]).toEqual([JWT])
  })

  test('aws sends a signed request that names its caller and nothing else', async () => {
    const env = {
      AWS_ACCESS_KEY_ID: 'AKID',
      AWS_SECRET_ACCESS_KEY: 'secret-key-1',
      AWS_SESSION_TOKEN: 'session',
    }
    const store = await open({ method: 'aws', identityId: 'id-1', region: 'eu-west-1' }, env)
    expect(await read(store)).toMatchObject(GOOD)
    const body = infisical.logins[0]?.body ?? {}
    const decode = (text = ''): string => Buffer.from(text, 'base64').toString()
    expect(body).toMatchObject({ identityId: 'id-1', iamHttpRequestMethod: 'POST' })
    expect(decode(body['iamRequestBody'])).toBe('Action=GetCallerIdentity&Version=2011-06-15')
    const headers = JSON.parse(decode(body['iamRequestHeaders'])) as Record<string, string>
    expect(headers).toMatchObject({ Host: 'sts.eu-west-1.amazonaws.com', 'X-Amz-Security-Token': 'session' })
    expect(headers['Authorization']).toMatch(
      /Credential=AKID\/\d{8}\/eu-west-1\/sts\/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, /,
    )
    expect(JSON.stringify(body) + decode(body['iamRequestHeaders'])).not.toContain('secret-key-1')
  })

  test('its signature is the one of the example that AWS publishes', () => {
    const request = {
      method: 'GET',
      host: 'iam.amazonaws.com',
      query: 'Action=ListUsers&Version=2010-05-08',
      body: '',
      service: 'iam',
      region: 'us-east-1',
    } as const
    const credentials = {
      accessKeyId: 'AKIDEXAMPLE',
      secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
    }
    const { Authorization } = signAws(request, credentials, new Date('2015-08-30T12:36:00Z'))
    expect(Authorization).toMatch(
      /Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7$/,
    )
  })

  test('gcp signs with a service account key', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const key = {
      client_email: 'bot@lab.iam.gserviceaccount.com',
      private_key_id: 'kid-1',
      private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    }
    await writeFile(join(dir, 'key.json'), JSON.stringify(key))
    const store = await open({ method: 'gcp', identityId: 'id-1', keyPath: 'key.json' })
    expect(await read(store)).toMatchObject(GOOD)
    const [header = '', claims = '', signature = ''] = infisical.logins[0]?.body['jwt']?.split('.') ?? []
    const pem = createPublicKey(publicKey.export({ type: 'spki', format: 'pem' }))
    expect(
      verify('RSA-SHA256', Buffer.from(`${header}.${claims}`), pem, Buffer.from(signature, 'base64url')),
    ).toBe(true)
    const decode = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString())
    expect(decode(header)).toMatchObject({ alg: 'RS256', kid: 'kid-1' })
    expect(decode(claims)).toMatchObject({ sub: key.client_email, aud: 'id-1' })
  })

  test.each([
    ['gcp', 'GCE_METADATA_HOST', /audience=id-1/],
    ['azure', 'AZURE_POD_IDENTITY_AUTHORITY_HOST', /resource=https%3A%2F%2Fmanagement\.azure\.com%2F/],
  ] as const)('%s asks the metadata service of its machine', async (method, variable, asked) => {
    const seen: string[] = []
    const metadata = createServer((request, response) => {
      seen.push(`${request.url} ${JSON.stringify(request.headers)}`)
      response.end(method === 'gcp' ? JWT : JSON.stringify({ access_token: JWT, expires_in: '3600' }))
    })
    await new Promise<void>((resolve) => {
      metadata.listen(0, '127.0.0.1', resolve)
    })
    const address = metadata.address()
    const host = `127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`
    const store = await open(
      { method, identityId: 'id-1' },
      { [variable]: method === 'gcp' ? host : `http://${host}` },
    )
    expect(await read(store)).toMatchObject(GOOD)
    expect(infisical.logins).toEqual([{ method: `${method}-auth`, body: { identityId: 'id-1', jwt: JWT } }])
    expect(seen.join()).toMatch(asked)
    expect(seen.join()).toMatch(/"metadata(-flavor)?":"(Google|true)"/)
    metadata.close()
  })

  test.each([
    { method: 'token', token: JWT },
    { method: 'token-auth', token: '${env:T}' },
  ] as const)('%j is used as it is and not revoked', async (auth) => {
    const store = await open(auth, { T: JWT })
    expect(await read(store)).toMatchObject(GOOD)
    await store.close()
    expect([infisical.count('login'), infisical.count('revoke'), infisical.tokens.size]).toEqual([0, 0, 1])
  })

  test('a given token that is refused is told as that, after one more look at where it comes from', async () => {
    await writeFile(join(dir, 'token'), 'token-old-0123456789')
    const store = await open({ method: 'token', token: '${file:token}' })
    const answer = await read(store)
    expect(answer).toMatchObject({
      ok: false,
      error: { code: 'auth', hint: expect.stringContaining('new token') as unknown },
    })
    expect(JSON.stringify(answer)).not.toContain('token-old')
    await writeFile(join(dir, 'token'), JWT)
    expect(await read(store)).toMatchObject(GOOD)
  })
})

describe.skipIf(process.platform === 'win32')('the session of an infisical CLI', () => {
  const path = (): NodeJS.ProcessEnv => ({
    PATH: `${dir}${delimiter}${process.env['PATH']}`,
    LEAK: 'not-for-the-cli',
  })
  const install = async (script: string): Promise<void> => {
    await writeFile(join(dir, 'infisical'), `#!/bin/sh\n${script}\n`)
    await chmod(join(dir, 'infisical'), 0o755)
  }

  test('is asked of the CLI, kept, asked again once when refused, and left alone at the end', async () => {
    await install(`echo "$* $LEAK" >> log; cat token`)
    await writeFile(join(dir, 'token'), JWT)
    const store = await open({ method: 'cli' }, path())
    expect([await read(store), await read(store)]).toMatchObject([GOOD, GOOD])
    const { readFile } = await import('node:fs/promises')
    expect(await readFile(join(dir, 'log'), 'utf8')).toBe('user get token --plain --silent \n')
    infisical.tokens.clear()
    infisical.tokens.add(`${JWT}2`)
    await writeFile(join(dir, 'token'), `${JWT}2`)
    expect(await read(store)).toMatchObject(GOOD)
    await store.close()
    expect([infisical.count('login'), infisical.count('revoke')]).toEqual([0, 0])
  })

  test.each([
    ['not installed', undefined, 'unavailable', /can't be found/],
    ['not logged in', 'echo please log in: token abc; exit 1', 'unavailable', /exit code 1/],
    ['talks instead', 'echo You are not logged in', 'auth', /gave no token/],
    ['an ended session', `echo ${JWT}x`, 'auth', /refuses its own login's token/],
  ])('%s', async (_case, script, code, message) => {
    if (script !== undefined) await install(script)
    const env = script === undefined ? { PATH: dir } : path()
    const answer = await read(await open({ method: 'cli' }, env))
    expect(answer).toMatchObject({
      ok: false,
      error: { code, message: expect.stringMatching(message) as unknown },
    })
    expect(JSON.stringify(answer)).not.toContain(JWT)
  })
})

describe("a token's life", () => {
  const universal = {
    method: 'universal',
    clientId: 'client-id',
    clientSecret: 'client-secret-0123456789',
  } as const
  // The clock that a token's life is counted by passes only here, so a slow machine ages no token.
  beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
  afterEach(() => void vi.useRealTimers())

  test.each([
    ['is renewed in its last third', { expiresIn: 1, maxTtl: 60 }, 750, [1, 1]],
    ['is not renewed once it is over', { expiresIn: 1, maxTtl: 60 }, 1100, [2, 0]],
    ['ends where renewing ends', { expiresIn: 1, maxTtl: 1 }, 750, [2, 1]],
  ] as const)('%s', async (_case, terms, ms, counts) => {
    await infisical.close()
    infisical = await startInfisical({ secrets: SECRETS, ...terms })
    const store = await open(universal)
    expect(await read(store)).toMatchObject(GOOD)
    vi.advanceTimersByTime(ms)
    expect(await read(store)).toMatchObject(GOOD)
    expect([infisical.count('login'), infisical.count('token-renew')]).toEqual(counts)
  })

  test('a renewal that fails is followed by a login', async () => {
    await infisical.close()
    infisical = await startInfisical({ secrets: SECRETS, expiresIn: 1 })
    const store = await open(universal)
    await read(store)
    infisical.fail('expired', { on: 'token-renew' })
    vi.advanceTimersByTime(750)
    expect(await read(store)).toMatchObject(GOOD)
    expect(infisical.count('login')).toBe(2)
  })
})
