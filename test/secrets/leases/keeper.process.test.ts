/** The clerk as a process of its own: what it notices by itself, and what it does when nobody is there any more (promise 8). */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { LeaseKeeper, type HeldLease } from '../../../src/secrets/leases/keeper.ts'
import type { SettledLease } from '../../../src/secrets/leases/ledger-lines.ts'
import type { ClerkOpening } from '../../../src/secrets/leases/clerk-wire.ts'
import type { WatchNews } from '../../../src/secrets/resolve/watch-health.ts'
import { startVault, type VaultServer } from '../../servers/vault.mjs'

const program = resolve(import.meta.dirname, '../../../dist/secrets/leases/clerk-main.js')
const POLL_MS = 200
const POLICY = `path "database/creds/ro" {
  capabilities = ["read"]
}
path "sys/leases/revoke" {
  capabilities = ["update"]
}
path "auth/token/lookup-self" {
  capabilities = ["read"]
}
`

interface Rig {
  readonly vault: VaultServer
  readonly dir: string
  readonly settled: SettledLease[]
  readonly news: WatchNews[]
  readonly ended: string[]
  /** Another keeper of the same servers.yaml, as the next start would have. */
  readonly keeper: (within?: { readonly hears: boolean }) => LeaseKeeper
  readonly take: (keeper: LeaseKeeper, server: string) => Promise<HeldLease>
}

async function rig(policy?: string): Promise<Rig> {
  const vault = await startVault({
    roles: { 'database/creds/ro': { ttl: 3600, maxTtl: 7200 } },
    ...(policy !== undefined && {
      identities: { 'role-id-1': { secretId: 'secret-id-0123456789', policy } },
    }),
  })
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-keeper-'))
  const auth = { method: 'approle', roleId: vault.roleId, secretId: vault.secretId } as const
  const opening: ClerkOpening = {
    stores: [['team', { type: 'vault', address: vault.url, auth, poll: POLL_MS }]],
    environment: 'dev',
    baseDir: '/',
    env: {},
    ledgers: dir,
    config: '/servers.yaml',
  }
  const made: LeaseKeeper[] = []
  const settled: SettledLease[] = []
  const news: WatchNews[] = []
  const ended: string[] = []
  const keeper: Rig['keeper'] = ({ hears } = { hears: true }) => {
    const one = new LeaseKeeper({
      opening,
      program,
      onNews: (told) => news.push(told),
      ...(hears && { onSettled: (told) => settled.push(...told) }),
    })
    made.push(one)
    return one
  }
  onTestFinished(async () => {
    await Promise.all(made.map((one) => one.close()))
    await vault.close()
    rmSync(dir, { recursive: true, force: true })
  })
  const take: Rig['take'] = async (one, server) => {
    const lease = await one.lease('db', { store: 'team', path: '/database/creds/ro', server })
    one.onEnded(lease, () => ended.push(server))
    return lease
  }
  return { vault, dir, settled, news, ended, keeper, take }
}

describe('a lease that an administrator revoked', () => {
  test('is noticed within one interval, and no other with it', async () => {
    const { vault, ended, keeper, take } = await rig()
    const clerk = keeper()
    const first = await take(clerk, 'a')
    await take(clerk, 'b')
    await expect.poll(() => vault.count('lease-lookup')).toBeGreaterThan(2)
    expect(ended).toEqual([])
    const before = vault.requests.length
    await vault.revokeLease(first.leaseId)
    await expect.poll(() => ended, { interval: 10 }).toEqual(['a'])
    // The first look after it told, so none followed.
    const looks = vault.requests.slice(before).filter(({ on }) => on === 'lease-lookup')
    expect(looks.filter(({ body }) => JSON.stringify(body).includes(first.leaseId))).toHaveLength(1)
    expect(await clerk.revoke(first)).toBe('gone')
  })

  test('with the login of the clerk: all are, and the next one is taken with another login', async () => {
    const { vault, ended, keeper, take } = await rig()
    const clerk = keeper()
    await take(clerk, 'a')
    await take(clerk, 'b')
    vault.expireTokens()
    await expect.poll(() => ended.toSorted(), { interval: 10 }).toEqual(['a', 'b'])
    const next = await take(clerk, 'a')
    expect(vault.leases.has(next.leaseId)).toBe(true)
    expect(vault.count('login')).toBe(2)
  })

  test('and that may not be looked up: nothing is restarted, and it is told once', async () => {
    const { vault, news, ended, keeper, take } = await rig(POLICY)
    const clerk = keeper()
    const lease = await take(clerk, 'a')
    await expect.poll(() => vault.count('lease-lookup')).toBe(2)
    await new Promise((wait) => setTimeout(wait, 5 * POLL_MS))
    expect(vault.count('lease-lookup')).toBe(2)
    expect([ended, news, vault.count('login')]).toEqual([[], [], 1])
    expect(await clerk.revoke(lease)).toBe('revoked')
  })
})

describe('what is given back when nobody hears of it', () => {
  const told = (settled: readonly SettledLease[]): string[] =>
    settled.map(({ lease: { server, store, path }, outcome }) => `${server} ${store} ${path} ${outcome}`)

  test('because the sidecar is gone, is told to the next start, once', async () => {
    const { vault, dir, settled, keeper, take } = await rig()
    const killed = keeper({ hears: false })
    await take(killed, 'a')
    await take(killed, 'b')
    await killed.close()
    expect(vault.leases.size).toBe(0)
    keeper()
    expect(told(settled).toSorted()).toEqual([
      'a team /database/creds/ro revoked',
      'b team /database/creds/ro revoked',
    ])
    expect(readdirSync(dir)).toEqual([])
    keeper()
    expect(settled).toHaveLength(2)
    for (const { lease, at } of settled) {
      expect(lease.held).toMatch(/^database\/creds\/ro\//)
      expect(Date.parse(lease.expires)).toBeGreaterThan(Date.now())
      expect(Date.parse(at)).toBeLessThanOrEqual(Date.now())
    }
  })

  test('because the store was out when it was asked for, is told at the stop that waits for it', async () => {
    const { vault, settled, keeper, take } = await rig()
    const clerk = keeper()
    const lease = await take(clerk, 'a')
    vault.fail('broken', { on: 'lease-revoke', times: 1 })
    expect(await clerk.revoke(lease)).toBe('failed')
    await clerk.close()
    expect(told(settled)).toEqual(['a team /database/creds/ro revoked'])
  })

  test('and what was heard of is not told again', async () => {
    const { dir, settled, keeper, take } = await rig()
    const clerk = keeper()
    expect(await clerk.revoke(await take(clerk, 'a'))).toBe('revoked')
    await clerk.close()
    keeper()
    expect([settled, readdirSync(dir)]).toEqual([[], []])
  })
})
