/** Infisical's dynamic secrets and its watch, against a server with the wire shapes, and each way they fail. */
import { describe, expect, test } from 'vitest'
import type { Lease, Store, StoreContext, StoreErrorCode } from '../../src/secrets/store.ts'
import { openStore } from '../../src/secrets/stores/index.ts'
import {
  startInfisical,
  type FaultKind,
  type FaultOptions,
  type InfisicalServer,
} from '../servers/infisical.mjs'
import { onTestFinished, together } from '../together.ts'

const ROLE = { path: '/db/RO' }
const MINUTE = 60_000

together()

interface Scene {
  readonly infisical: InfisicalServer
  readonly store: Store
  readonly open: () => Promise<Store>
}

/** A server for one test, and a store that uses it. */
async function scene(options: Parameters<typeof startInfisical>[0] = {}): Promise<Scene> {
  const infisical = await startInfisical({
    secrets: { dev: { '/github': { TOKEN: 'ghp_0123456789abcdef', OTHER: 'other-value-1' } } },
    dynamic: { '/db/RO': { maxMs: 10 * MINUTE }, '/ROOT': {} },
    ...options,
  })
  onTestFinished(() => infisical.close())
  const open = async (): Promise<Store> => {
    const { clientId, clientSecret, projectId, url: siteUrl } = infisical
    const auth = { method: 'universal-auth', clientId, clientSecret } as const
    const store = await openStore(
      'team',
      { type: 'infisical', siteUrl, projectId, environment: 'dev', auth },
      { environment: 'dev', baseDir: '/', env: {}, pollMs: 30 },
    )
    onTestFinished(() => store.close())
    return store
  }
  return { infisical, store: await open(), open }
}

/** Its own signal each time: many listeners on one are a leak to Node. */
const context = (signal = new AbortController().signal): StoreContext => ({ serverId: 'pg', signal })

const take = async (store: Store, ttlMs?: number, path = ROLE.path): Promise<Lease> =>
  (await store.lease?.({ path }, ttlMs, context())) ?? none()

describe.concurrent('leases', () => {
  test('hold the fields of the real answer, as secrets, and its time', async () => {
    const { infisical, store } = await scene()
    const lease = await take(store, 5 * MINUTE)
    const [made] = infisical.leases.values()
    expect(lease.fields.get('DB_PASSWORD')?.reveal()).toBe(made?.data['DB_PASSWORD'])
    expect(String(lease.fields.get('DB_USERNAME'))).toBe('[secret pg./db/RO#DB_USERNAME]')
    expect(lease.expiresAt).toBe(made?.expireAt)
    expect([infisical.count('project'), infisical.count('lease')]).toEqual([1, 1])
    await take(store)
      .catch(() => undefined)
      .then(() => expect(infisical.count('project')).toBe(1))
  })

  test.each([3_600_000, -3_600_000])(
    'their time is told on our clock when the server is %d ms off',
    async (skewMs) => {
      const { store } = await scene({ skewMs })
      const lease = await take(store, 5 * MINUTE)
      expect(Math.abs(lease.expiresAt - Date.now() - 5 * MINUTE)).toBeLessThan(20_000)
      const renewed = await store.renew?.(lease, 8 * MINUTE, context())
      if (renewed === undefined || renewed === 'not-renewable') throw new Error('not renewed')
      expect(Math.abs(renewed.expiresAt - Date.now() - 8 * MINUTE)).toBeLessThan(20_000)
    },
  )

  test('a renewal comes to the wished life, though the server adds to what is left', async () => {
    const { infisical, store } = await scene()
    const lease = await take(store, 3 * MINUTE)
    const renewed = await store.renew?.(lease, 5 * MINUTE, context())
    if (renewed === undefined || renewed === 'not-renewable') throw new Error('not renewed')
    expect(Math.abs(renewed.expiresAt - Date.now() - 5 * MINUTE)).toBeLessThan(20_000)
    expect(renewed.fields).toBe(lease.fields)
    expect(await store.renew?.(renewed, 30 * MINUTE, context())).toBe('not-renewable')
    infisical.leases.clear()
    expect(await store.renew?.(lease, undefined, context())).toBe('not-renewable')
  })

  test.each(['/db/RO', '/ROOT'])('%s is revoked, and by another process of ours too', async (path) => {
    const { infisical, store, open } = await scene()
    const lease = await take(store, 5 * MINUTE, path)
    const later = await open()
    const byId = { id: lease.id, fields: new Map(), expiresAt: 0, renewable: false }
    expect(await later.revoke?.(byId, context())).toBe('revoked')
    expect(infisical.leases.size).toBe(0)
    expect(await later.revoke?.(byId, context())).toBe('gone')
    await later.close()
  })

  test.each(['revoke-failed', 'broken', 'denied', 'drop', 'html'] as const)(
    'a revocation that meets %s has not happened',
    async (kind) => {
      const { infisical, store } = await scene()
      const lease = await take(store, 5 * MINUTE)
      infisical.fail(kind, { on: 'lease-revoke' })
      expect(await store.revoke?.(lease, context())).toBe('failed')
      infisical.heal()
      expect(await store.revoke?.(lease, context())).toBe('revoked')
    },
  )

  const creations: readonly [FaultKind, FaultOptions, StoreErrorCode, RegExp][] = [
    ['plan', {}, 'denied', /plan has no dynamic secrets/],
    ['denied', {}, 'denied', /may not lease \/db\/RO/],
    ['html', {}, 'unavailable', /with something else/],
    ['drop', {}, 'unavailable', /can't be reached/],
    ['drop-after', {}, 'unavailable', /can't be reached/],
    ['rate-limited', { retryAfter: 1 }, 'rate_limited', /HTTP 429/],
    ['rate-limited-500', { retryAfter: 1 }, 'rate_limited', /HTTP 500/],
    ['broken', {}, 'unavailable', /HTTP 500/],
    ['echo', {}, 'unavailable', /HTTP 422/],
    ['redirect', { location: 'https://elsewhere.example/' }, 'unavailable', /redirects/],
  ]
  test.each(creations)('a creation that meets %s %j is sent once: %s', async (kind, fault, code, message) => {
    const { infisical, store } = await scene()
    infisical.fail(kind, { ...fault, on: 'lease' })
    const error: unknown = await take(store, 5 * MINUTE).catch((error: unknown) => error)
    expect(error).toMatchObject({
      code,
      retryable: false,
      message: expect.stringMatching(message) as unknown,
    })
    expect(infisical.count('lease')).toBe(1)
    expect(infisical.leases.size).toBe(kind === 'drop-after' ? 1 : 0)
    const told = error instanceof Error ? `${error.stack}${JSON.stringify(error)}` : ''
    for (const secret of [infisical.clientSecret, ...infisical.tokens]) expect(told).not.toContain(secret)
    expect(told).not.toContain('Invalid request')
  })

  test.each(['expired', 'token-error'] as const)('%s: logged in again, and still one lease', async (kind) => {
    const { infisical, store } = await scene()
    await take(store, 5 * MINUTE)
    infisical.fail(kind, { on: 'lease', times: 1 })
    await take(store, 5 * MINUTE)
    expect([infisical.count('login'), infisical.leases.size]).toEqual([2, 2])
  })

  test.each([
    [30_000, '/db/RO', 'invalid_reference', /less than a minute/],
    [60 * MINUTE, '/db/RO', 'invalid_reference', /longer than/],
    [5 * MINUTE, '/db/NOPE', 'not_found', /no dynamic secret \/db\/NOPE/],
    [5 * MINUTE, '/db/', 'invalid_reference', /names a folder/],
  ] as const)('ttl %d of %s: %s', async (ttl, path, code, message) => {
    const { store } = await scene()
    await expect(take(store, ttl, path)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as unknown,
    })
  })

  test.for(['project', 'lease', 'lease-renew', 'lease-revoke'] as const)(
    'a stall and a hang at %s end with the signal and leave no request open',
    async (on, { expect }) => {
      const { infisical, store } = await scene()
      const lease = on === 'project' ? undefined : await take(store, 5 * MINUTE)
      for (const kind of ['stall', 'hang'] as const) {
        infisical.heal()
        infisical.fail(kind, { on })
        const limited = context(AbortSignal.timeout(150))
        const work =
          on === 'lease-renew'
            ? store.renew?.(lease ?? none(), undefined, limited)
            : on === 'lease-revoke'
              ? store.revoke?.(lease ?? none(), limited)
              : store.lease?.(ROLE, 5 * MINUTE, limited)
        await expect(work).rejects.toThrow()
        await expect.poll(() => infisical.openRequests()).toBe(0)
      }
    },
  )
})

describe.concurrent('watching', () => {
  test('costs answers without a body, and tells a new value but no neighbour', async ({ expect }) => {
    const { infisical, store } = await scene()
    const github = infisical.secrets['dev']?.['/github'] ?? none()
    let changes = 0
    const stop = store.watch?.([{ path: '/github/TOKEN' }], () => (changes += 1))
    const looks = async (): Promise<void> => {
      const before = infisical.count('list')
      await expect.poll(() => infisical.count('list')).toBeGreaterThan(before + 2)
    }
    await looks()
    expect(infisical.requests.at(-1)?.headers['if-none-match']).toBeTruthy()
    github['OTHER'] = 'other-value-2'
    await looks()
    expect(changes).toBe(0)
    github['TOKEN'] = 'ghp_rotated-0123456'
    await expect.poll(() => changes).toBe(1)
    infisical.expireTokens()
    github['TOKEN'] = 'ghp_rotated-6543210'
    await expect.poll(() => changes).toBe(2)
    delete github['TOKEN']
    await looks()
    expect(changes).toBe(2)
    stop?.()
    const after = infisical.count('list')
    await new Promise((resolve) => setTimeout(resolve, 150))
    expect(infisical.count('list')).toBeLessThanOrEqual(after + 1)
  })

  test.for(['broken', 'html', 'empty', 'drop', 'denied'] as const)(
    '%s is no change',
    async (kind, { expect }) => {
      const { infisical, store } = await scene()
      let changes = 0
      const stop = store.watch?.([{ path: '/github/TOKEN' }], () => (changes += 1))
      await expect.poll(() => infisical.count('list')).toBeGreaterThan(1)
      infisical.fail(kind, { times: 2 })
      const before = infisical.count('list')
      await expect.poll(() => infisical.count('list')).toBeGreaterThan(before + 3)
      expect(changes).toBe(0)
      stop?.()
    },
  )
})

function none(): never {
  throw new Error('there is none')
}
