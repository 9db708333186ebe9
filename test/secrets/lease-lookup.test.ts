/** Whether a lease still is at the back end: what each answer comes to, and that a refusal is never taken for an end. */
import { expect, onTestFinished, test } from 'vitest'
import { StoreError, type Lease, type Store } from '../../src/secrets/store.ts'
import { openStore } from '../../src/secrets/stores/index.ts'
import { startInfisical, type InfisicalServer } from '../servers/infisical.mjs'
import { startVault, type VaultServer } from '../servers/vault.mjs'

const CONTEXT = { serverId: 'db', signal: new AbortController().signal }
const OPEN = { environment: 'dev', baseDir: '/', env: {} }

async function vaulted(policy?: string): Promise<{ server: VaultServer; store: Store; lease: Lease }> {
  const server = await startVault({
    roles: { 'database/creds/ro': { ttl: 3600 } },
    ...(policy !== undefined && {
      identities: { 'role-id-1': { secretId: 'secret-id-0123456789', policy } },
    }),
  })
  onTestFinished(() => server.close())
  const auth = { method: 'approle', roleId: server.roleId, secretId: server.secretId } as const
  const store = await openStore('team', { type: 'vault', address: server.url, auth }, OPEN)
  onTestFinished(() => store.close())
  const lease = await store.lease?.({ path: '/database/creds/ro' }, undefined, CONTEXT)
  if (lease === undefined) throw new Error('no lease')
  return { server, store, lease }
}

async function infisicalled(): Promise<{ server: InfisicalServer; store: Store; lease: Lease }> {
  const server = await startInfisical({ dynamic: { '/db/RO': {} } })
  onTestFinished(() => server.close())
  const { clientId, clientSecret, projectId, url: siteUrl } = server
  const auth = { method: 'universal-auth', clientId, clientSecret } as const
  const options = { type: 'infisical', siteUrl, projectId, environment: 'dev', auth } as const
  const store = await openStore('team', options, OPEN)
  onTestFinished(() => store.close())
  const lease = await store.lease?.({ path: '/db/RO' }, 600_000, CONTEXT)
  if (lease === undefined) throw new Error('no lease')
  return { server, store, lease }
}

const lookUp = async (store: Store, lease: Lease): Promise<string> =>
  store.lookUp?.(lease, CONTEXT).catch((error: unknown) => {
    if (error instanceof StoreError) return error.code
    throw error
  }) ?? 'never'

test.each<[what: string, act: (server: VaultServer, lease: Lease) => unknown, expected: string]>([
  ['is there', () => {}, 'alive'],
  ['was revoked', (server, { id }) => server.revokeLease(id), 'ended'],
  ['went with its login', (server) => server.expireTokens(), 'ended'],
  ['may not be looked up', (server) => server.fail('denied', { on: 'lease-lookup' }), 'denied'],
  ['at a Vault that is sealed', (server) => server.fail('sealed', { on: 'lease-lookup' }), 'unavailable'],
  ['limited', (server) => server.fail('rate-limited', { on: 'lease-lookup' }), 'rate_limited'],
  ['behind a login page', (server) => server.fail('html', { on: 'lease-lookup' }), 'unavailable'],
  ['answered with nothing', (server) => server.fail('empty', { on: 'lease-lookup' }), 'unavailable'],
])('Vault: a lease that %s: %s', async (_what, act, expected) => {
  const { server, store, lease } = await vaulted()
  await act(server, lease)
  expect(await lookUp(store, lease)).toBe(expected)
  expect(store.hasEnded?.(lease)).toBe(_what === 'went with its login')
})

test('Vault: when one request finds the login gone, its leases are known to be, and those of the next are not', async () => {
  const { server, store, lease } = await vaulted()
  server.expireTokens()
  const next = await store.lease?.({ path: '/database/creds/ro' }, undefined, CONTEXT)
  expect(store.hasEnded?.(lease)).toBe(true)
  expect(next && store.hasEnded?.(next)).toBe(false)
})

test('Vault: a login that may neither look up leases nor itself is refused, and its leases live', async () => {
  const { server, store, lease } = await vaulted(
    'path "database/creds/ro" {\n  capabilities = ["read"]\n}\npath "sys/leases/revoke" {\n  capabilities = ["update"]\n}\npath "auth/token/revoke-self" {\n  capabilities = ["update"]\n}\n',
  )
  expect(await lookUp(store, lease)).toBe('denied')
  expect(store.hasEnded?.(lease)).toBe(false)
  expect(server.leases.has(lease.id)).toBe(true)
  // Nothing is left of either login at the end.
  await store.close()
  expect(server.tokens.size).toBe(0)
})

test.each<[what: string, act: (server: InfisicalServer, id: string) => unknown, expected: string]>([
  ['is there', () => {}, 'alive'],
  ['was revoked', (server, id) => server.leases.delete(id), 'ended'],
  ['outlived its login', (server) => server.expireTokens(), 'alive'],
  ['may not be read', (server) => server.fail('denied', { on: 'lease-lookup' }), 'denied'],
  ['of a project that is gone', (server) => server.fail('no-project', { on: 'lease-lookup' }), 'not_found'],
  ['limited', (server) => server.fail('rate-limited-500', { on: 'lease-lookup' }), 'rate_limited'],
  ['at a server that fails', (server) => server.fail('broken', { on: 'lease-lookup' }), 'unavailable'],
  ['behind a login page', (server) => server.fail('html', { on: 'lease-lookup' }), 'unavailable'],
])('Infisical: a lease that %s: %s', async (_what, act, expected) => {
  const { server, store, lease } = await infisicalled()
  act(server, lease.id.split('/').at(-1) ?? '')
  expect(await lookUp(store, lease)).toBe(expected)
})
