/**
 * The traps of @infisical/sdk 5.0.2 and of the server behind it, each by name: where it is cheap the SDK itself is shown
 * to step into it, and sidemux not to.
 */
import { InfisicalSDK } from '@infisical/sdk'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { StoreError, type Lease, type Store, type StoreAnswer } from '../../src/secrets/store.ts'
import { openStore } from '../../src/secrets/stores/index.ts'
import { startInfisical, type InfisicalServer } from '../servers/infisical.mjs'

const VALUE = 'ghp_0123456789abcdef'
const TTL = 300_000

let infisical: InfisicalServer
let store: Store

beforeEach(async () => {
  infisical = await startInfisical({
    tokens: ['token-of-the-sdk'],
    secrets: {
      dev: {
        '/github': { TOKEN: VALUE, DANGLING: 'a ${NOTHERE} b' },
        '/mcp': { OWN: 'own-value-1' },
      },
    },
    imports: { dev: { '/mcp': ['/github'] } },
    dynamic: { '/db/RO': {} },
  })
  const { url: siteUrl, projectId, clientId, clientSecret } = infisical
  const auth = { method: 'universal-auth', clientId, clientSecret } as const
  const options = { type: 'infisical', siteUrl, projectId, environment: 'dev', auth } as const
  store = await openStore('team', options, { environment: 'dev', baseDir: '/', env: {} })
})

afterEach(async () => {
  vi.restoreAllMocks()
  await store.close()
  await infisical.close()
})

async function read(path: string, ms = 5000): Promise<StoreAnswer> {
  const [answer] = await store.resolve([{ path }], { serverId: 'srv', signal: AbortSignal.timeout(ms) })
  if (answer === undefined) throw new Error('no answer')
  return answer
}

const lease = async (): Promise<Lease> => {
  const context = { serverId: 'srv', signal: AbortSignal.timeout(5000) }
  const taken = await store.lease?.({ path: '/db/RO' }, TTL, context)
  if (taken === undefined) throw new Error('no lease')
  return taken
}

const sdk = (): InfisicalSDK =>
  new InfisicalSDK({ siteUrl: infisical.url }).auth().accessToken('token-of-the-sdk')

const byTheSdk = (): Promise<unknown> =>
  sdk().dynamicSecrets().leases.create({
    dynamicSecretName: 'RO',
    projectSlug: 'lab-slug',
    environmentSlug: 'dev',
    path: '/db',
    ttl: '5m',
  })

/** The SDK's pauses of 1, 2, 4 and 8 s at a twentieth. */
function hurry(): void {
  const real = globalThis.setTimeout
  vi.spyOn(globalThis, 'setTimeout').mockImplementation((run: () => void, ms = 0, ...given: []) =>
    real(run, ms / 20, ...given),
  )
}

test('POSTs are retried: the SDK makes five leases of one request whose answer is lost, sidemux one', async () => {
  infisical.fail('drop-after', { on: 'lease' })
  hurry()
  await expect(byTheSdk()).rejects.toThrow()
  vi.restoreAllMocks()
  expect([infisical.count('lease'), infisical.leases.size]).toEqual([5, 5])
  await expect(lease()).rejects.toMatchObject({ code: 'unavailable', retryable: false, unheard: true })
  expect([infisical.count('lease'), infisical.leases.size]).toEqual([6, 6])
})

test('a login is a POST too: sent once when its answer is lost', async () => {
  infisical.fail('drop-after', { on: 'login' })
  expect((await read('/github/TOKEN')).ok).toBe(false)
  expect([infisical.count('login'), infisical.tokens.size]).toEqual([1, 2])
})

test('a body has no time limit: one that stalls ends with the deadline, and its socket with it', async () => {
  infisical.fail('stall', { on: 'list' })
  expect((await read('/github/TOKEN', 400)).ok).toBe(false)
  await expect.poll(() => infisical.openRequests()).toBe(0)
})

test('the types of a lease are wrong: fields and end come from where the server really puts them', async () => {
  const typed = (await byTheSdk()) as { lease: { data?: unknown; expiresAt?: unknown } }
  expect([typed.lease.data, typed.lease.expiresAt]).toEqual([undefined, undefined])
  const { fields, expiresAt } = await lease()
  const made = [...infisical.leases.values()].at(-1)
  expect([...fields].map(([name, secret]) => [name, secret.reveal()])).toEqual(
    Object.entries(made?.data ?? {}),
  )
  expect(Math.abs(expiresAt - Date.now() - TTL)).toBeLessThan(20_000)
})

test.each(['/nope/TOKEN', '/github/sub/TOKEN'])(
  'an empty 200 for a folder that is not there: %s is an error, for the SDK an empty list',
  async (path) => {
    const secretPath = path.slice(0, path.lastIndexOf('/'))
    const listed = await sdk()
      .secrets()
      .listSecretsWithImports({ projectId: infisical.projectId, environment: 'dev', secretPath })
    expect(listed).toEqual([])
    expect(await read(path)).toMatchObject({ ok: false, error: { code: 'not_found' } })
  },
)

test.each(['github/TOKEN', '//github/TOKEN', '/github/'])(
  'an empty 200 for a path written wrongly: %s is refused before anybody is asked',
  (path) => {
    expect(store.validate({ path })).toHaveLength(1)
    expect(infisical.requests).toEqual([])
  },
)

test('HTML with 200 is a success to the SDK, and an error to sidemux', async () => {
  infisical.fail('html', { on: 'lease' })
  expect(await byTheSdk()).toMatch(/doctype/)
  await expect(lease()).rejects.toBeInstanceOf(StoreError)
  infisical.fail('html', { on: 'list' })
  expect(await read('/github/TOKEN')).toMatchObject({ ok: false, error: { code: 'unavailable' } })
})

test('getSecret misspells include_imports: an imported secret is read all the same', async () => {
  expect(await read('/mcp/TOKEN')).toMatchObject({ ok: true, value: VALUE })
  expect(infisical.requests.filter(({ on }) => on === 'list').at(-1)?.query['include_imports']).toBe('true')
})

test.each([
  ['429', 'rate-limited', 'rate_limited'],
  ['a broken connection', 'drop', 'unavailable'],
] as const)('the SDK asks five times over 16 s on %s: sidemux asks once', async (_, kind, code) => {
  infisical.fail(kind, { on: 'list' })
  expect(await read('/github/TOKEN')).toMatchObject({ ok: false, error: { code, retryable: true } })
  expect(infisical.count('list')).toBe(1)
})

test('a redirect loop is followed over a hundred times by the SDK: sidemux asks once', async () => {
  infisical.fail('redirect', { on: 'list', location: `${infisical.url}/api/v3/secrets/raw` })
  expect(await read('/github/TOKEN')).toMatchObject({ ok: false, error: { code: 'unavailable' } })
  expect(infisical.count('list')).toBe(1)
})

test('a 422 with a text becomes the error of the SDK word for word: nothing of it is passed on (promise 3)', async () => {
  infisical.fail('echo', { on: 'lease' })
  const said = await byTheSdk().catch((error: unknown) => String(error))
  expect(said).toContain('token-of-the-sdk')
  const error: unknown = await lease().catch((error: unknown) => error)
  const told = error instanceof StoreError ? `${error.stack} ${error.hint} ${JSON.stringify(error)}` : ''
  expect(told).toContain('HTTP 422')
  for (const token of infisical.tokens) expect(told).not.toContain(token)
})

test('a reference inside a value that leads nowhere comes as text: an error', async () => {
  expect(await read('/github/DANGLING')).toMatchObject({ ok: false, error: { code: 'not_found' } })
})

test('values can be written into process.env by the SDK: reading writes none', async () => {
  const before = JSON.stringify(process.env)
  await read('/github/TOKEN')
  expect(JSON.stringify(process.env)).toBe(before)
  expect(process.env['TOKEN']).toBeUndefined()
})

test('a revocation that failed is a 200: it has not happened', async () => {
  const taken = await lease()
  infisical.fail('revoke-failed', { on: 'lease-revoke', times: 1 })
  const context = { serverId: 'srv', signal: AbortSignal.timeout(5000) }
  expect(await store.revoke?.(taken, context)).toBe('failed')
  expect(await store.revoke?.(taken, context)).toBe('revoked')
})

test('the global fetch is as it was, also while a list is under way', async () => {
  const real = globalThis.fetch
  infisical.fail('slow', { on: 'list', ms: 100 })
  const reading = read('/github/TOKEN')
  for (let times = 0; times < 20; times += 1) {
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(globalThis.fetch).toBe(real)
  }
  expect((await reading).ok).toBe(true)
})
