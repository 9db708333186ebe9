/** Infisical's dynamic secrets and its watch, against a server with the wire shapes, and each way they fail. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Lease, Store, StoreErrorCode } from '../../src/secrets/store.ts'
import { openStore } from '../../src/secrets/stores/index.ts'
import {
  startInfisical,
  type FaultKind,
  type FaultOptions,
  type InfisicalServer,
} from '../servers/infisical.mjs'

const CONTEXT = { serverId: 'pg', signal: new AbortController().signal }
const ROLE = { path: '/db/RO' }
const MINUTE = 60_000

let infisical: InfisicalServer
let store: Store

beforeEach(async () => start())

afterEach(async () => {
  await store.close()
  await infisical.close()
})

async function start(options: Parameters<typeof startInfisical>[0] = {}): Promise<void> {
  infisical = await startInfisical({
    secrets: { dev: { '/github': { TOKEN: 'ghp_0123456789abcdef', OTHER: 'other-value-1' } } },
    dynamic: { '/db/RO': { maxMs: 10 * MINUTE }, '/ROOT': {} },
    ...options,
  })
  store = await open()
}

async function restart(options: Parameters<typeof startInfisical>[0]): Promise<void> {
  await infisical.close()
  await start(options)
}

function open(): Promise<Store> {
  const { clientId, clientSecret, projectId, url: siteUrl } = infisical
  const auth = { method: 'universal-auth', clientId, clientSecret } as const
  const context = { environment: 'dev', baseDir: '/', env: {}, pollMs: 30 }
  return openStore('team', { type: 'infisical', siteUrl, projectId, environment: 'dev', auth }, context)
}

const take = async (ttlMs?: number, path = ROLE.path): Promise<Lease> =>
  (await store.lease?.({ path }, ttlMs, CONTEXT)) ?? none()

describe('leases', () => {
  test('hold the fields of the real answer, as secrets, and its time', async () => {
    const lease = await take(5 * MINUTE)
    const [made] = infisical.leases.values()
    expect(lease.fields.get('DB_PASSWORD')?.reveal()).toBe(made?.data['DB_PASSWORD'])
    expect(String(lease.fields.get('DB_USERNAME'))).toBe('[secret pg./db/RO#DB_USERNAME]')
    expect(lease.expiresAt).toBe(made?.expireAt)
    expect([infisical.count('project'), infisical.count('lease')]).toEqual([1, 1])
    await take()
      .catch(() => undefined)
      .then(() => expect(infisical.count('project')).toBe(1))
  })

  test.each([3_600_000, -3_600_000])(
    'their time is told on our clock when the server is %d ms off',
    async (skewMs) => {
      await restart({ skewMs })
      const lease = await take(5 * MINUTE)
      expect(Math.abs(lease.expiresAt - Date.now() - 5 * MINUTE)).toBeLessThan(20_000)
      const renewed = await store.renew?.(lease, 8 * MINUTE, CONTEXT)
      if (renewed === undefined || renewed === 'not-renewable') throw new Error('not renewed')
      expect(Math.abs(renewed.expiresAt - Date.now() - 8 * MINUTE)).toBeLessThan(20_000)
    },
  )

  test('a renewal comes to the wished life, though the server adds to what is left', async () => {
    const lease = await take(3 * MINUTE)
    const renewed = await store.renew?.(lease, 5 * MINUTE, CONTEXT)
    if (renewed === undefined || renewed === 'not-renewable') throw new Error('not renewed')
    expect(Math.abs(renewed.expiresAt - Date.now() - 5 * MINUTE)).toBeLessThan(20_000)
    expect(renewed.fields).toBe(lease.fields)
    expect(await store.renew?.(renewed, 30 * MINUTE, CONTEXT)).toBe('not-renewable')
    infisical.leases.clear()
    expect(await store.renew?.(lease, undefined, CONTEXT)).toBe('not-renewable')
  })

  test.each(['/db/RO', '/ROOT'])('%s is revoked, and by another process of ours too', async (path) => {
    const lease = await take(5 * MINUTE, path)
    const later = await open()
    const byId = { id: lease.id, fields: new Map(), expiresAt: 0, renewable: false }
    expect(await later.revoke?.(byId, CONTEXT)).toBe('revoked')
    expect(infisical.leases.size).toBe(0)
    expect(await later.revoke?.(byId, CONTEXT)).toBe('gone')
    await later.close()
  })

  test.each(['revoke-failed', 'broken', 'denied', 'drop', 'html'] as const)(
    'a revocation that meets %s has not happened',
    async (kind) => {
      const lease = await take(5 * MINUTE)
      infisical.fail(kind, { on: 'lease-revoke' })
      expect(await store.revoke?.(lease, CONTEXT)).toBe('failed')
      infisical.heal()
      expect(await store.revoke?.(lease, CONTEXT)).toBe('revoked')
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
    infisical.fail(kind, { ...fault, on: 'lease' })
    const error: unknown = await take(5 * MINUTE).catch((error: unknown) => error)
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
    await take(5 * MINUTE)
    infisical.fail(kind, { on: 'lease', times: 1 })
    await take(5 * MINUTE)
    expect([infisical.count('login'), infisical.leases.size]).toEqual([2, 2])
  })

  test.each([
    [30_000, '/db/RO', 'invalid_reference', /less than a minute/],
    [60 * MINUTE, '/db/RO', 'invalid_reference', /longer than/],
    [5 * MINUTE, '/db/NOPE', 'not_found', /no dynamic secret \/db\/NOPE/],
    [5 * MINUTE, '/db/', 'invalid_reference', /names a folder/],
  ] as const)('ttl %d of %s: %s', async (ttl, path, code, message) => {
    await expect(take(ttl, path)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as unknown,
    })
  })

  test.each(['project', 'lease', 'lease-renew', 'lease-revoke'] as const)(
    'a stall and a hang at %s end with the signal and leave no request open',
    async (on) => {
      const lease = on === 'project' ? undefined : await take(5 * MINUTE)
      for (const kind of ['stall', 'hang'] as const) {
        infisical.heal()
        infisical.fail(kind, { on })
        const context = { ...CONTEXT, signal: AbortSignal.timeout(150) }
        const work =
          on === 'lease-renew'
            ? store.renew?.(lease ?? none(), undefined, context)
            : on === 'lease-revoke'
              ? store.revoke?.(lease ?? none(), context)
              : store.lease?.(ROLE, 5 * MINUTE, context)
        await expect(work).rejects.toThrow()
        await expect.poll(() => infisical.openRequests()).toBe(0)
      }
    },
  )
})

describe('watching', () => {
  const github = (): Record<string, string | Record<string, unknown>> =>
    infisical.secrets['dev']?.['/github'] ?? none()

  test('costs answers without a body, and tells a new value but no neighbour', async () => {
    let changes = 0
    const stop = store.watch?.([{ path: '/github/TOKEN' }], () => (changes += 1))
    const looks = async (): Promise<void> => {
      const before = infisical.count('list')
      await expect.poll(() => infisical.count('list')).toBeGreaterThan(before + 2)
    }
    await looks()
    expect(infisical.requests.at(-1)?.headers['if-none-match']).toBeTruthy()
    github()['OTHER'] = 'other-value-2'
    await looks()
    expect(changes).toBe(0)
    github()['TOKEN'] = 'ghp_rotated-0123456'
    await expect.poll(() => changes).toBe(1)
    infisical.expireTokens()
    github()['TOKEN'] = 'ghp_rotated-6543210'
    await expect.poll(() => changes).toBe(2)
    delete github()['TOKEN']
    await looks()
    expect(changes).toBe(2)
    stop?.()
    const after = infisical.count('list')
    await new Promise((resolve) => setTimeout(resolve, 150))
    expect(infisical.count('list')).toBeLessThanOrEqual(after + 1)
  })

  test.each(['broken', 'html', 'empty', 'drop', 'denied'] as const)('%s is no change', async (kind) => {
    let changes = 0
    const stop = store.watch?.([{ path: '/github/TOKEN' }], () => (changes += 1))
    await expect.poll(() => infisical.count('list')).toBeGreaterThan(1)
    infisical.fail(kind, { times: 2 })
    const before = infisical.count('list')
    await expect.poll(() => infisical.count('list')).toBeGreaterThan(before + 3)
    expect(changes).toBe(0)
    stop?.()
  })
})

function none(): never {
  throw new Error('there is none')
}
