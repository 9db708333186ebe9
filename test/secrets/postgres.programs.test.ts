/** Leases with a real effect: roles of a private PostgreSQL that log in while the lease lives and not after it. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Lease, Store } from '../../src/secrets/store.ts'
import { openStore } from '../../src/secrets/stores/index.ts'
import { startInfisical } from '../servers/infisical.mjs'
import { startPostgres, type Postgres } from '../servers/postgres.mjs'
import { startVault } from '../servers/vault.mjs'

const CONTEXT = { serverId: 'db', signal: new AbortController().signal }

const NO_POSTGRES = 'PostgreSQL is not installed'

let postgres: Postgres | undefined

beforeAll(async () => {
  postgres = await startPostgres()
})

afterAll(() => postgres?.close())

interface BackEnd {
  readonly store: Store
  readonly path: string
  readonly fields: readonly [user: string, password: string]
  /** Drops what stayed. */
  readonly close: () => Promise<void>
}

const backEnds: readonly [string, (postgres: Postgres) => Promise<BackEnd>][] = [
  [
    'vault',
    async (postgres) => {
      const vault = await startVault({ roles: { 'database/creds/ro': { ttl: 60, ...postgres.role('ro') } } })
      const auth = { method: 'approle', roleId: vault.roleId, secretId: vault.secretId } as const
      const store = await openStore('team', { type: 'vault', address: vault.url, auth }, openWith())
      return {
        store,
        path: '/database/creds/ro',
        fields: ['username', 'password'],
        close: () => vault.close(),
      }
    },
  ],
  [
    'infisical',
    async (postgres) => {
      const fields: [string, string] = ['DB_USERNAME', 'DB_PASSWORD']
      const infisical = await startInfisical({ dynamic: { '/db/RO': postgres.role('inf', fields) } })
      const { clientId, clientSecret, projectId, url: siteUrl } = infisical
      const auth = { method: 'universal-auth', clientId, clientSecret } as const
      const options = { type: 'infisical', siteUrl, projectId, environment: 'dev', auth } as const
      return {
        store: await openStore('team', options, openWith()),
        path: '/db/RO',
        fields,
        close: () => infisical.close(),
      }
    },
  ],
]

function openWith(): Parameters<typeof openStore>[2] {
  return { environment: 'dev', baseDir: '/', env: {} }
}

test.for(backEnds)(
  'a lease of %s logs in, and after its revocation it does not (promise 8)',
  async ([, start], { skip }) => {
    if (postgres === undefined) return skip(NO_POSTGRES)
    const { store, path, fields, close } = await start(postgres)
    const lease = await store.lease?.({ path }, 60_000, CONTEXT)
    const other = await store.lease?.({ path }, 60_000, CONTEXT)
    const [user, password] = credentials(lease, fields)
    expect(await postgres.logIn(user, password)).toBe(true)
    expect(await postgres.logIn(user, `${password}x`)).toBe(false)
    expect(lease && (await store.revoke?.(lease, CONTEXT))).toBe('revoked')
    expect(await postgres.logIn(user, password)).toBe(false)
    expect(await postgres.logIn(...credentials(other, fields))).toBe(true)
    expect(other && (await store.revoke?.(other, CONTEXT))).toBe('revoked')
    expect(await postgres.roles()).toEqual([])
    await store.close()
    await close()
  },
)

test('closing a Vault store drops what an unheard answer made (promise 8)', async ({ skip }) => {
  if (postgres === undefined) return skip(NO_POSTGRES)
  const vault = await startVault({ roles: { 'database/creds/ro': { ttl: 60, ...postgres.role('lost') } } })
  const auth = { method: 'approle', roleId: vault.roleId, secretId: vault.secretId } as const
  const store = await openStore('team', { type: 'vault', address: vault.url, auth }, openWith())
  vault.fail('drop-after', { on: 'lease', times: 1 })
  await expect(store.lease?.({ path: '/database/creds/ro' }, undefined, CONTEXT)).rejects.toThrow(
    /can't be reached/,
  )
  expect(await postgres.roles()).toHaveLength(1)
  await store.close()
  await expect.poll(() => postgres?.roles()).toEqual([])
  await vault.close()
})

function credentials(
  lease: Lease | undefined,
  [user, password]: readonly [string, string],
): [string, string] {
  return [lease?.fields.get(user)?.reveal() ?? '', lease?.fields.get(password)?.reveal() ?? '']
}
