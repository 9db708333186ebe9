/** Vault and OpenBao against a server with their wire shapes: what is read and leased, and each way it fails. */
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Lease, Store, StoreAnswer, StoreContext, StoreErrorCode } from '../../src/secrets/store.ts'
import { openStore } from '../../src/secrets/stores/index.ts'
import type { VaultOptions } from '../../src/secrets/stores/vault/options.ts'
import { startVault, type FaultKind, type FaultOptions, type VaultServer } from '../servers/vault.mjs'
import { onTestFinished, together } from '../together.ts'

const VALUE = 'ghp_0123456789abcdef'
const ROLE = { path: '/database/creds/ro' }
const APP_ROLE = { method: 'approle', roleId: '${env:ROLE}', secretId: '${env:SECRET}' } as const

together()

interface Scene {
  readonly vault: VaultServer
  readonly store: Store
  readonly open: (overrides?: Partial<VaultOptions>) => Promise<Store>
}

/** A server for one test, and a store that reads it. */
async function scene(
  options: Parameters<typeof startVault>[0] = {},
  overrides?: Partial<VaultOptions>,
): Promise<Scene> {
  const vault = await startVault({
    engines: {
      secret: {
        version: 2,
        secrets: {
          'github/bot': { version: 3, data: { token: VALUE, user: 'robot', port: 5432, 'a.b': 'dotted' } },
          single: { version: 1, data: { token: VALUE } },
          nested: { version: 1, data: { db: { user: 'n' }, other: 'x' } },
        },
      },
      old: { version: 1, secrets: { 'github/bot': { token: VALUE } } },
      'team/kv': { version: 2, secrets: { 'a b/ü?#': { version: 1, data: { token: VALUE } } } },
      pki: { version: 1, type: 'pki', secrets: {} },
    },
    roles: { 'database/creds/ro': { ttl: 120, maxTtl: 600 } },
    ...options,
  })
  onTestFinished(() => vault.close())
  const open = async (overrides: Partial<VaultOptions> = {}): Promise<Store> => {
    const store = await openStore(
      'team',
      { type: 'vault', address: vault.url, auth: APP_ROLE, ...overrides },
      { environment: 'dev', baseDir: '/', env: { ROLE: vault.roleId, SECRET: vault.secretId }, pollMs: 30 },
    )
    onTestFinished(() => store.close())
    return store
  }
  return { vault, store: await open(overrides), open }
}

/** Its own signal each time: many listeners on one are a leak to Node. */
const context = (signal = new AbortController().signal): StoreContext => ({ serverId: 'github', signal })

async function read(store: Store, path: string, field?: string, signal?: AbortSignal): Promise<StoreAnswer> {
  const reference = field === undefined ? { path } : { path, field }
  const [answer] = await store.resolve([reference], context(signal))
  if (answer === undefined) throw new Error('no answer')
  return answer
}

describe.concurrent('reads', () => {
  test.each([
    ['/github/bot', 'token', { value: VALUE, version: '3' }],
    ['/github/bot', 'port', { value: '5432' }],
    ['/github/bot', 'a.b', { value: 'dotted' }],
    ['/nested', 'db.user', { value: 'n' }],
    ['/single', undefined, { value: VALUE, version: '1' }],
  ])('%s#%s', async (path, field, expected) => {
    const { store } = await scene()
    expect(await read(store, path, field)).toMatchObject({ ok: true, ...expected })
  })

  test.each([
    [{ mount: 'old' }, '/github/bot'],
    [{ mount: 'old', kvVersion: 1 as const }, '/github/bot'],
    [{ mount: 'team/kv' }, '/a b/ü?#'],
    [{ mount: '/team/kv/', kvVersion: 2 as const }, '/a b/ü?#'],
  ])('of %j', async (overrides, path) => {
    const { vault, store } = await scene({}, overrides)
    expect(await read(store, path)).toMatchObject({ ok: true, value: VALUE })
    expect(vault.count('mounts')).toBe('kvVersion' in overrides ? 0 : 1)
  })

  test('a batch costs one login, one question for the version and one read a secret', async () => {
    const { vault, store } = await scene()
    const fields = ['token', 'user', 'port']
    await store.resolve(
      [...fields.map((field) => ({ path: '/github/bot', field })), { path: '/single' }],
      context(),
    )
    expect([vault.count('login'), vault.count('mounts'), vault.count('read')]).toEqual([1, 1, 2])
  })

  test('in a namespace', async () => {
    const { store, open } = await scene({ namespace: 'dev/team' })
    expect(await read(store, '/single')).toMatchObject({ ok: false })
    const within = await open({ namespace: '{environment}/team' })
    expect(await read(within, '/single')).toMatchObject({ ok: true, value: VALUE })
  })
})

describe.concurrent('what is wrong with a reference', () => {
  test.each([
    ['github', 'does not begin with /'],
    ['/github/', 'empty part'],
    ['/a/../b', 'may not hold'],
  ])('%s is told by its text', async (path, said) => {
    const { store } = await scene()
    expect(store.validate({ path }).join()).toContain(said)
  })

  test.each([
    ['/github/bot', undefined, 'invalid_reference', /has 4 keys, and the reference names none/],
    ['/github/bot', 'tokne', 'not_found', /no key "tokne"/],
    ['/nope', 'token', 'not_found', /there is no \/nope in "secret"/],
    ['/nested', 'db', 'invalid_reference', /not a text/],
  ])('%s#%s: %s', async (path, field, code, message) => {
    const { store } = await scene()
    const error = failed(await read(store, path, field))
    expect(error.code).toBe(code)
    expect(error.message).toMatch(message)
    expect(error.hint).toBeTruthy()
  })

  test.each([
    ['pki', 'invalid_reference', /not a KV engine/],
    ['none', 'denied', /no engine at "none"/],
  ])('mount %s: %s', async (mount, code, message) => {
    const { store } = await scene({}, { mount })
    const error = failed(await read(store, '/x'))
    expect(error.code).toBe(code)
    expect(error.message).toMatch(message)
  })
})

describe.concurrent('logins', () => {
  test.each([
    [{ method: 'kubernetes', role: 'mux', tokenPath: import.meta.filename }, 'kubernetes', 'mux'],
    [
      { method: 'kubernetes', role: 'mux', tokenPath: import.meta.filename, mount: 'k8s/eu' },
      'k8s/eu',
      'mux',
    ],
    [{ method: 'jwt', role: 'mux', jwt: '${env:SECRET}' }, 'jwt', 'mux'],
  ] as const)('%j', async (auth, mount, role) => {
    const { vault, store } = await scene(
      { accepts: (_mount, body) => (body['jwt']?.length ?? 0) > 10 },
      { auth },
    )
    expect(await read(store, '/single')).toMatchObject({ ok: true })
    expect(vault.logins).toMatchObject([{ mount, body: { role } }])
  })

  test('a given token is neither logged in with nor revoked', async () => {
    const { vault, store } = await scene(
      { tokens: { 'hvs.given': { ttl: 300 } } },
      { auth: { method: 'token', token: 'hvs.given' } },
    )
    expect(await read(store, '/single')).toMatchObject({ ok: true })
    await store.close()
    expect([vault.count('login'), vault.count('token-revoke'), vault.tokens.size]).toEqual([0, 0, 1])
  })

  test('a given token that is gone is told as that', async () => {
    const { store } = await scene({}, { auth: { method: 'token', token: 'hvs.gone-0123456789' } })
    const error = failed(await read(store, '/single'))
    expect(error.code).toBe('auth')
    expect(`${error.message}${error.hint}`).not.toContain('hvs.gone')
  })

  test('wrong credentials are told without the credentials (promise 3)', async () => {
    const { store } = await scene({}, { auth: { ...APP_ROLE, secretId: 'wrong-secret-123' } })
    const error = failed(await read(store, '/single'))
    expect(error.code).toBe('auth')
    expect(`${error.message}${error.hint}`).not.toContain('wrong-secret')
  })
})

describe("a token's life", () => {
  /** On the clocks of both. */
  async function later(vault: VaultServer, seconds: number): Promise<void> {
    ahead += seconds * 1000
    vi.spyOn(performance, 'now').mockImplementation(() => realNow() + ahead)
    await vault.advance(seconds)
  }
  const realNow = performance.now.bind(performance)
  let ahead = 0
  afterEach(() => {
    vi.restoreAllMocks()
    ahead = 0
  })

  test('is renewed when two thirds are over', async () => {
    const { vault, store } = await scene({ issues: { ttl: 600, maxTtl: 36_000 } })
    expect(await read(store, '/single')).toMatchObject({ ok: true })
    await later(vault, 390)
    expect(await read(store, '/single')).toMatchObject({ ok: true })
    expect(vault.count('token-renew')).toBe(0)
    await later(vault, 30)
    expect(await read(store, '/single')).toMatchObject({ ok: true })
    expect([vault.count('login'), vault.count('token-renew')]).toEqual([1, 1])
  })

  test('near its last end there is another login, and both tokens are given back', async () => {
    const { vault, store } = await scene({ issues: { ttl: 600, maxTtl: 600 } })
    expect(await read(store, '/single')).toMatchObject({ ok: true })
    await later(vault, 420)
    expect(await read(store, '/single')).toMatchObject({ ok: true })
    expect(vault.count('login')).toBe(2)
    await store.close()
    expect(vault.tokens.size).toBe(0)
  })

  test('one that is gone is replaced once, for many readers', async () => {
    const { vault, store } = await scene()
    await read(store, '/single')
    vault.expireTokens()
    const answers = await store.resolve(
      [{ path: '/single' }, { path: '/github/bot', field: 'user' }],
      context(),
    )
    expect(answers.every((answer) => answer.ok)).toBe(true)
    expect(vault.count('login')).toBe(2)
  })

  test("a policy's refusal is told apart from a token that is gone, and costs no login", async () => {
    const { vault, store } = await scene({ forbid: [/^secret\/data\/single/] })
    const error = failed(await read(store, '/single'))
    expect(error).toMatchObject({ code: 'denied', retryable: false })
    expect(error.hint).toContain('read on secret/data/single')
    expect([vault.count('login'), vault.count('token-lookup')]).toEqual([1, 1])
  })

  test('a token that may not look itself up costs one more login, not a loop', async () => {
    const { vault, store } = await scene({ forbid: [/^secret\/data\/single/, /lookup-self/] })
    expect(failed(await read(store, '/single')).code).toBe('denied')
    expect(vault.count('login')).toBe(2)
  })
})

const faults: readonly [FaultKind, FaultOptions, StoreErrorCode, retryable: boolean, RegExp][] = [
  ['html', {}, 'unavailable', false, /does not answer as Vault does/],
  ['html', { on: 'login' }, 'unavailable', false, /does not answer as Vault does/],
  ['html', { on: 'mounts' }, 'unavailable', false, /does not answer as Vault does/],
  ['not-found', {}, 'not_found', false, /there is no \/single/],
  ['drop', {}, 'unavailable', true, /can't be reached/],
  ['drop', { on: 'login' }, 'unavailable', true, /can't be reached/],
  ['drop-after', { on: 'login' }, 'unavailable', true, /can't be reached/],
  ['rate-limited', { retryAfter: 7 }, 'rate_limited', true, /HTTP 429/],
  ['rate-limited', { on: 'login', retryAfter: 7 }, 'rate_limited', true, /HTTP 429/],
  ['rate-limited-500', { retryAfter: 7 }, 'rate_limited', true, /HTTP 500/],
  ['broken', {}, 'unavailable', true, /HTTP 500/],
  ['sealed', {}, 'unavailable', true, /sealed or in maintenance/],
  ['standby', {}, 'unavailable', false, /standby node/],
  ['denied', {}, 'denied', false, /policies don't allow it/],
  ['expired', {}, 'denied', false, /policies don't allow it/],
  ['expired', { on: 'login' }, 'auth', false, /refused the approle login/],
  ['echo', {}, 'unavailable', false, /HTTP 422/],
  ['echo', { on: 'login' }, 'unavailable', false, /HTTP 422/],
  ['redirect', { location: 'https://elsewhere.example/' }, 'unavailable', false, /redirects/],
]

describe.concurrent('a back end that fails', () => {
  test.each(faults)('%s %j: %s, retryable %s', async (kind, options, code, retryable, message) => {
    const { vault, store } = await scene()
    vault.fail(kind, options)
    const error = failed(await read(store, '/single'))
    const retryAfterMs = options.retryAfter === undefined ? undefined : 7000
    expect(error).toMatchObject({ code, retryable, retryAfterMs })
    expect(error.message).toMatch(message)
    expect(error.hint).toBeTruthy()
    // A read has no effect, so it is asked again where its kept connection broke before any answer (net/client.ts).
    const isAskedAgain = kind === 'drop' && options.on === undefined
    expect(vault.count(options.on ?? 'read')).toBe(isAskedAgain ? 2 : 1)
  })

  test('nothing that an error body echoes is passed on (promise 3)', async () => {
    const { vault, store } = await scene()
    const told: unknown[] = []
    const tell = (error: unknown): void => {
      if (!(error instanceof Error)) throw new Error('no error')
      told.push(error.message, error.stack, String(error.cause), JSON.stringify(error))
    }
    const lease: Lease = { id: 'database/creds/ro/x', fields: new Map(), expiresAt: 0, renewable: true }
    vault.fail('echo', { on: 'login', times: 1 })
    tell(failed(await read(store, '/single')))
    for (const on of ['mounts', 'read', 'lease', 'lease-renew'] as const) vault.fail('echo', { on })
    tell(failed(await read(store, '/single')))
    await store.lease?.(ROLE, undefined, context()).catch(tell)
    await store.renew?.(lease, undefined, context()).catch(tell)
    expect(told).toHaveLength(16)
    for (const secret of [vault.secretId, vault.roleId, VALUE, ...vault.tokens.keys()]) {
      expect(told.join('\n')).not.toContain(secret)
    }
    expect(told.join('\n')).not.toContain('Invalid request')
  })

  test.for(['login', 'mounts', 'read', 'lease', 'lease-renew', 'lease-revoke'] as const)(
    'a stall and a hang at %s end with the signal and leave no request open',
    async (on, { expect }) => {
      const { vault, store } = await scene()
      const lease = await store.lease?.(ROLE, undefined, context())
      if (on === 'login') vault.expireTokens()
      for (const kind of ['stall', 'hang'] as const) {
        vault.heal()
        vault.fail(kind, { on })
        const signal = AbortSignal.timeout(150)
        const work =
          on === 'lease'
            ? store.lease?.(ROLE, undefined, context(signal))
            : on === 'lease-renew'
              ? store.renew?.(lease ?? none(), undefined, context(signal))
              : on === 'lease-revoke'
                ? store.revoke?.(lease ?? none(), context(signal))
                : thrown(read(store, '/single', undefined, signal))
        await expect(work).rejects.toThrow()
        await expect.poll(() => vault.openRequests()).toBe(0)
      }
    },
  )
})

describe.concurrent('leases', () => {
  const take = async (store: Store, ttlMs?: number): Promise<Lease> =>
    (await store.lease?.(ROLE, ttlMs, context())) ?? none()

  test('hold the fields by name, as secrets, and the time that Vault says', async () => {
    const { vault, store } = await scene()
    const before = Date.now()
    const lease = await take(store)
    expect([...lease.fields.keys()].toSorted()).toEqual(['password', 'username'])
    expect(String(lease.fields.get('password'))).toBe('[secret github./database/creds/ro#password]')
    expect(lease.fields.get('password')?.reveal()).toBe([...vault.leases.values()][0]?.data['password'])
    expect(lease.expiresAt - before).toBeGreaterThan(110_000)
    expect(lease.expiresAt - Date.now()).toBeLessThanOrEqual(120_000)
  })

  test.each([
    [60_000, 60_000],
    [240_000, 240_000],
    [3_600_000, 300_000],
  ])('asked for %d ms one lives %d ms, as far as role and token let it', async (ttlMs, livesMs) => {
    const { vault, store } = await scene()
    const lease = await take(store, ttlMs)
    expect(Math.abs(lease.expiresAt - Date.now() - livesMs)).toBeLessThan(20_000)
    expect(vault.leases.size).toBe(1)
  })

  test('live no longer than the token they were issued under', async () => {
    const { store } = await scene({ issues: { ttl: 30, maxTtl: 30 } })
    expect((await take(store)).expiresAt - Date.now()).toBeLessThanOrEqual(30_000)
  })

  test('are renewed, until they are gone', async () => {
    const { vault, store } = await scene()
    const lease = await take(store)
    await vault.advance(60)
    const renewed = await store.renew?.(lease, 200_000, context())
    if (renewed === undefined || renewed === 'not-renewable') throw new Error('not renewed')
    expect(renewed.fields).toBe(lease.fields)
    expect(Math.abs(renewed.expiresAt - Date.now() - 200_000)).toBeLessThan(20_000)
    vault.leases.clear()
    expect(await store.renew?.(lease, undefined, context())).toBe('not-renewable')
  })

  test('are revoked, and by another process of ours too', async () => {
    const { vault, store, open } = await scene()
    const lease = await take(store)
    const other = await take(store)
    expect(await store.revoke?.(lease, context())).toBe('revoked')
    const later = await open()
    const byId = { id: other.id, fields: new Map(), expiresAt: 0, renewable: false }
    expect(await later.revoke?.(byId, context())).toBe('revoked')
    expect(await later.revoke?.(byId, context())).toBe('gone')
    expect(vault.leases.size).toBe(0)
    await later.close()
  })

  test.each(['broken', 'denied', 'drop', 'html'] as const)(
    'a revocation that meets %s has not happened',
    async (kind) => {
      const { vault, store } = await scene()
      const lease = await take(store)
      vault.fail(kind, { on: 'lease-revoke' })
      expect(await store.revoke?.(lease, context())).toBe('failed')
      vault.heal()
      expect(await store.revoke?.(lease, context())).toBe('revoked')
    },
  )

  test.each(['drop', 'drop-after', 'broken', 'rate-limited', 'rate-limited-500', 'html'] as const)(
    'a creation that meets %s is sent once, and what it made ends with the login (promise 8)',
    async (kind) => {
      const { vault, store } = await scene()
      vault.fail(kind, { on: 'lease', retryAfter: 1 })
      await expect(take(store)).rejects.toMatchObject({ retryable: false })
      expect(vault.count('lease')).toBe(1)
      expect(vault.leases.size).toBe(kind === 'drop-after' ? 1 : 0)
      await store.close()
      expect(vault.leases.size).toBe(0)
    },
  )

  test.each(['hang', 'stall', 'broken', 'drop', 'denied'] as const)(
    'one whose time could not be adjusted (%s) is handed out as it is',
    async (kind) => {
      const { vault, store } = await scene()
      vault.fail(kind, { on: 'lease-renew' })
      const before = Date.now()
      const lease = await take(store, 60_000)
      expect(vault.leases.has(lease.id)).toBe(true)
      expect(lease.expiresAt - before).toBeGreaterThan(100_000)
    },
  )

  test.each([
    ['/secret/github', 'invalid_reference', /not the path of a dynamic secret/],
    ['/database/creds/../ro', 'invalid_reference', /not the path of a dynamic secret/],
    ['/database/creds/nope', 'denied', /policies don't allow it to take a lease/],
  ])('%s: %s', async (path, code, message) => {
    const { store } = await scene()
    const taking = store.lease?.({ path }, undefined, context())
    await expect(taking).rejects.toMatchObject({ code, message: expect.stringMatching(message) as unknown })
  })

  test('what answers without a lease is not taken for one', async () => {
    const { store } = await scene({
      engines: { kv: { version: 1, secrets: { 'creds/x': { token: VALUE } } } },
    })
    await expect(store.lease?.({ path: '/kv/creds/x' }, undefined, context())).rejects.toThrow(
      /issues no leases/,
    )
  })

  test("Vault's clock doesn't matter", async () => {
    const { store } = await scene({ skewMs: 3_600_000 })
    expect(Math.abs((await take(store)).expiresAt - Date.now() - 120_000)).toBeLessThan(20_000)
  })
})

describe.concurrent('watching', () => {
  test('tells a new value, and neither a new version of it nor a neighbour', async ({ expect }) => {
    const { vault, store } = await scene()
    let changes = 0
    const stop = store.watch?.([{ path: '/github/bot', field: 'token' }], () => (changes += 1))
    const looks = vault.count('read')
    await expect.poll(() => vault.count('read')).toBeGreaterThan(looks + 2)
    const { secrets } = vault.engines['secret'] as Extract<(typeof vault.engines)[string], { version: 2 }>
    secrets['github/bot'] = { version: 4, data: { token: VALUE, user: 'eve' } }
    const seen = vault.count('read')
    await expect.poll(() => vault.count('read')).toBeGreaterThan(seen + 2)
    expect(changes).toBe(0)
    secrets['github/bot'] = { version: 5, data: { token: 'another-value-1', user: 'eve' } }
    await expect.poll(() => changes).toBe(1)
    delete secrets['github/bot']
    const gone = vault.count('read')
    await expect.poll(() => vault.count('read')).toBeGreaterThan(gone)
    expect(changes).toBe(1)
    stop?.()
  })
})

describe.concurrent('close', () => {
  test('gives its token back, and its leases with it (promise 8)', async () => {
    const { vault, store } = await scene()
    await store.lease?.(ROLE, undefined, context())
    await store.close()
    expect([vault.tokens.size, vault.leases.size]).toEqual([0, 0])
  })

  test.each(['hang', 'stall', 'drop', 'broken'] as const)(
    'waits for no end of it when it meets %s',
    async (kind) => {
      const { vault, store } = await scene()
      await read(store, '/single')
      vault.fail(kind, { on: 'token-revoke' })
      await store.close()
    },
  )
})

describe.concurrent('address', () => {
  test.each([
    ['http://vault.example', /unencrypted/],
    ['vault.example', /not the URL/],
    ['https://user:pass@vault.example', /not the URL/],
  ])('%s is refused', async (address, message) => {
    const { open } = await scene()
    await expect(open({ address })).rejects.toThrow(message)
  })
})

function failed(answer: StoreAnswer): Extract<StoreAnswer, { ok: false }>['error'] {
  if (answer.ok) throw new Error('it was resolved')
  return answer.error
}

async function thrown(reading: Promise<StoreAnswer>): Promise<void> {
  throw failed(await reading)
}

function none(): never {
  throw new Error('no lease')
}
