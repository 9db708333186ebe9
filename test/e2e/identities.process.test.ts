/**
 * A login of its own for each server: with the policy that `secrets policy` prints, and no other right, each gets its own
 * values and leases and can't get another's; nothing of the login reaches a child (promises 2, 3 and 8).
 */
import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Permission } from '../servers/infisical-policy.mjs'
import { startInfisical } from '../servers/infisical.mjs'
import { startVault, type VaultServer } from '../servers/vault.mjs'
import { runHere } from './run-here.ts'
import { HereHost } from './serve-here.ts'
import { RawHost, everythingIn, place, textOf, until, type Place } from './support.ts'

const child = JSON.stringify(resolve(import.meta.dirname, '../servers/env-hashes.mjs'))
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

const SECRETS = ['base-secret-id-00', 'alpha-secret-id-11', 'beta-secret-id-22', 'db-secret-id-333'] as const
const VALUES = { alpha: 'value-of-alpha-4711', beta: 'value-of-beta-0815' } as const
const env = {
  BASE_SECRET: SECRETS[0],
  ALPHA_SECRET: SECRETS[1],
  BETA_SECRET: SECRETS[2],
  DB_SECRET: SECRETS[3],
}

async function started(where: Place, Kind = RawHost): Promise<RawHost> {
  const host = new Kind(where)
  await host.initialize()
  await host.request('tools/list')
  return host
}

async function ask(host: RawHost, server: string): Promise<{ isError: boolean; text: string }> {
  const { result } = await host.request('tools/call', { name: `${server}_get_hashes`, arguments: {} })
  return { isError: result?.['isError'] === true, text: textOf(result ?? { content: [] }) }
}

const hashes = async (host: RawHost, server: string): Promise<Record<string, string>> =>
  JSON.parse((await ask(host, server)).text) as Record<string, string>

async function policyFor(where: Place, format: string, server: string): Promise<string> {
  const args = ['secrets', 'policy', '--format', format, '--server', server, '--config', where.config]
  const { code, stdout, stderr } = await runHere(where, args)
  expect([code, stderr.includes('hint:')]).toEqual([0, false])
  for (const secret of [...SECRETS, ...Object.values(VALUES)]) expect(stdout + stderr).not.toContain(secret)
  return stdout
}

/** What the whole test printed and wrote, and what each child has in its environment. */
async function expectNothingLeaked(host: RawHost, where: Place, servers: readonly string[]): Promise<void> {
  for (const server of servers) {
    const seen = Object.values(await hashes(host, server))
    for (const secret of SECRETS) expect(seen).not.toContain(sha256(secret))
  }
  const everything = JSON.stringify(host.received) + host.stderr() + everythingIn(where.state)
  for (const secret of [...SECRETS, ...Object.values(VALUES)]) expect(everything).not.toContain(secret)
}

const approle = (id: string, name: string): string =>
  `{ method: approle, roleId: ${id}, secretId: "\${env:${name}}" }`

async function vaulted(
  servers: readonly ('alpha' | 'beta' | 'db')[] = ['alpha', 'beta', 'db'],
  alphaReads = '/alpha/TOKEN',
): Promise<{ vault: VaultServer; where: Place }> {
  const vault = await startVault({
    engines: {
      secret: {
        version: 2,
        secrets: {
          'alpha/TOKEN': { version: 1, data: { value: VALUES.alpha } },
          'beta/TOKEN': { version: 1, data: { value: VALUES.beta } },
        },
      },
    },
    roles: { 'database/creds/ro': { ttl: 600 }, 'database/creds/admin': { ttl: 600 } },
    // The store's own login may do nothing at all.
    identities: {
      base: { secretId: SECRETS[0], policy: '' },
      alpha: { secretId: SECRETS[1] },
      beta: { secretId: SECRETS[2] },
      db: { secretId: SECRETS[3] },
    },
  })
  onTestFinished(() => vault.close())
  const entries = {
    alpha: `  alpha:
    command: node
    args: [${child}]
    auth: { team: ${approle('alpha', 'ALPHA_SECRET')} }
    env: { TOKEN: "\${team:${alphaReads}}" }
`,
    beta: `  beta:
    command: node
    args: [${child}]
    auth: { team: ${approle('beta', 'BETA_SECRET')} }
    env: { TOKEN: "\${team:/beta/TOKEN#value}" }
`,
    db: `  db:
    command: node
    args: [${child}]
    auth: { team: ${approle('db', 'DB_SECRET')} }
    leases: { db: { store: team, path: /database/creds/ro, ttl: 5m } }
    env: { TOKEN: "\${lease:db#password}" }
`,
  }
  const where = place(`version: 1
defaults: { listWait: 50s }
secrets:
  team: { type: vault, address: ${vault.url}, kvVersion: 2, auth: ${approle('base', 'BASE_SECRET')} }
servers:
${servers.map((id) => entries[id]).join('')}`)
  return { vault, where: { ...where, env: { ...where.env, ...env } } }
}

async function withVaultPolicies(
  vault: VaultServer,
  where: Place,
  servers = ['alpha', 'beta', 'db'],
): Promise<void> {
  for (const server of servers) {
    const identity = vault.identities[server]
    if (identity !== undefined) identity.policy = await policyFor(where, 'vault', server)
  }
}

const ledgers = (where: Place): string[] => {
  try {
    return readdirSync(join(where.state, 'leases'))
  } catch {
    return []
  }
}

describe('at Vault', () => {
  it('each server reads and leases by its own login, with the printed policy and no other right', async () => {
    const { vault, where } = await vaulted()
    await withVaultPolicies(vault, where)
    const host = await started(where, HereHost)
    expect((await hashes(host, 'alpha'))['TOKEN']).toBe(sha256(VALUES.alpha))
    expect((await hashes(host, 'beta'))['TOKEN']).toBe(sha256(VALUES.beta))
    const [lease] = [...vault.leases.values()]
    expect((await hashes(host, 'db'))['TOKEN']).toBe(sha256(lease?.data['password'] ?? ''))
    expect(vault.tokens.get(lease?.token ?? '')?.identity).toBe('db')
    expect(new Set(vault.logins.map(({ body }) => body['role_id']))).toEqual(new Set(['alpha', 'beta', 'db']))
    await expectNothingLeaked(host, where, ['alpha', 'beta', 'db'])
    host.process.stdin?.end()
    await host.exited()
    await until(() => vault.leases.size === 0, 'the lease is given back by the login that took it')
    await until(() => vault.tokens.size === 0, 'every login is ended')
    expect(vault.count('lease-revoke')).toBe(1)
    const { stdout } = await runHere(where, ['audit', 'show', '--json'])
    expect(stdout).toMatch(
      /"store":"team@alpha"[^]*"store":"team@beta"|"store":"team@beta"[^]*"store":"team@alpha"/,
    )
    expect(stdout).toMatch(/"phase":"leased"[^\n]*"store":"team@db"/)
  })

  it("one server's login can't read another's path, and only that server is down", async () => {
    const good = await vaulted()
    await withVaultPolicies(good.vault, good.where)
    const { vault, where } = await vaulted(['alpha', 'beta'], '/beta/TOKEN')
    for (const server of ['alpha', 'beta', 'db']) {
      const [identity, policy] = [vault.identities[server], good.vault.identities[server]?.policy]
      if (identity !== undefined && policy !== undefined) identity.policy = policy
    }
    const host = await started(where, HereHost)
    const { isError, text } = await ask(host, 'alpha')
    expect(isError).toBe(true)
    expect(text).toContain("this login's policies don't allow it")
    expect((await hashes(host, 'beta'))['TOKEN']).toBe(sha256(VALUES.beta))
    const { code, stdout } = await runHere(where, ['secrets', 'check', '--config', where.config])
    expect(code).toBe(1)
    expect(stdout).toMatch(/alpha +env\.TOKEN +team@alpha +\$\{team:\/beta\/TOKEN\} +denied/)
    expect(stdout).toMatch(/beta +env\.TOKEN +team@beta +\$\{team:\/beta\/TOKEN#value\} +ok/)
  })

  it('a printed policy lets a login touch the leases of its own role only', async () => {
    const { vault, where } = await vaulted()
    await withVaultPolicies(vault, where)
    const other = await fetch(`${vault.url}/v1/auth/approle/login`, {
      method: 'POST',
      body: JSON.stringify({ role_id: 'db', secret_id: SECRETS[3] }),
    })
    const { auth } = (await other.json()) as { auth: { client_token: string } }
    const headers = { 'x-vault-token': auth.client_token }
    const status = async (path: string, body?: object): Promise<number> => {
      const sent = body === undefined ? {} : { method: 'PUT', body: JSON.stringify(body) }
      return (await fetch(`${vault.url}/v1/${path}`, { headers, ...sent })).status
    }
    expect(await status('database/creds/ro')).toBe(200)
    const [own = ''] = [...vault.leases.keys()]
    const cases: [path: string, body: object | undefined, status: number][] = [
      ['sys/leases/renew', { lease_id: own, increment: 60 }, 200],
      ['sys/leases/renew', { lease_id: 'database/creds/admin/1' }, 403],
      ['sys/leases/renew', { url_lease_id: own }, 403],
      ['sys/leases/revoke', { lease_id: 'database/creds/rogue/1', sync: true }, 403],
      ['sys/leases/revoke', { lease_id: own, sync: true }, 204],
      ['sys/leases/revoke-prefix/database/creds/ro', {}, 403],
      ['database/creds/admin', undefined, 403],
      ['secret/data/alpha/TOKEN', undefined, 403],
      ['auth/token/lookup-self', undefined, 200],
    ]
    for (const [path, body, expected] of cases)
      expect([path, await status(path, body)]).toEqual([path, expected])
  })

  it.each(['the sidecar', 'the sidecar and its lease clerk'])(
    'no lease of a login of its own is left after a SIGKILL of %s',
    async (victim) => {
      const { vault, where } = await vaulted(['db'])
      await withVaultPolicies(vault, where, ['db'])
      const host = await started(where)
      expect(vault.leases.size).toBe(1)
      const [first = ''] = [...vault.leases.keys()]
      const clerk = Number(ledgers(where)[0]?.split('-')[1])
      expect(everythingIn(where.state)).toContain('"store":"team@db"')
      const clerkLives = victim === 'the sidecar'
      if (!clerkLives) process.kill(clerk, 'SIGKILL')
      host.process.kill('SIGKILL')
      await host.exited()
      if (clerkLives) await until(() => vault.leases.size === 0, 'the clerk gives it back')
      // The next start revokes what was left by the login that took it, or writes down what the clerk gave back alone.
      const next = await started(where)
      await until(() => !vault.leases.has(first), 'the first lease is gone')
      next.process.stdin?.end()
      await next.exited()
      await until(() => vault.leases.size === 0, 'nothing is left')
      await until(() => ledgers(where).length === 0, 'the ledger is settled')
    },
  )
})

it('at Infisical each machine identity reads and leases what its printed privilege says, and no more', async () => {
  const infisical = await startInfisical({
    secrets: {
      dev: { '/alpha': { TOKEN: VALUES.alpha }, '/beta': { TOKEN: VALUES.beta } },
    },
    dynamic: { '/db/PG': {} },
    identities: {
      base: { clientSecret: SECRETS[0], permissions: [] },
      alpha: { clientSecret: SECRETS[1] },
      beta: { clientSecret: SECRETS[2] },
      db: { clientSecret: SECRETS[3] },
    },
  })
  onTestFinished(() => infisical.close())
  const universal = (id: string, name: string): string =>
    `{ method: universal-auth, clientId: ${id}, clientSecret: "\${env:${name}}" }`
  const entry = (id: string, name: string, more: string): string =>
    `  ${id}: { command: node, args: [${child}], auth: { team: ${universal(id, name)} }, ${more} }`
  const yaml = (betaReads: string): string =>
    [
      'version: 1',
      'defaults: { listWait: 50s }',
      `secrets: { team: { type: infisical, siteUrl: ${infisical.url}, projectId: ${infisical.projectId}, environment: dev, auth: ${universal('base', 'BASE_SECRET')} } }`,
      'servers:',
      entry('alpha', 'ALPHA_SECRET', 'env: { TOKEN: "${team:/alpha/TOKEN}" }'),
      entry('beta', 'BETA_SECRET', `env: { TOKEN: "\${team:${betaReads}}" }`),
      entry(
        'db',
        'DB_SECRET',
        'leases: { db: { store: team, path: /db/PG } }, env: { TOKEN: "${lease:db#DB_PASSWORD}" }',
      ),
      '',
    ].join('\n')
  const withEnv = (where: Place): Place => ({ ...where, env: { ...where.env, ...env } })
  const where = withEnv(place(yaml('/beta/TOKEN')))
  for (const server of ['alpha', 'beta', 'db']) {
    const printed = JSON.parse(await policyFor(where, 'infisical', server)) as { permissions: Permission[] }
    const identity = infisical.identities[server]
    if (identity !== undefined) identity.permissions = printed.permissions
  }
  const host = await started(where)
  expect((await hashes(host, 'alpha'))['TOKEN']).toBe(sha256(VALUES.alpha))
  expect((await hashes(host, 'beta'))['TOKEN']).toBe(sha256(VALUES.beta))
  const [lease] = [...infisical.leases.values()]
  expect((await hashes(host, 'db'))['TOKEN']).toBe(sha256(lease?.data['DB_PASSWORD'] ?? ''))
  await expectNothingLeaked(host, where, ['alpha', 'beta', 'db'])
  host.process.kill('SIGKILL')
  await host.exited()
  await until(() => infisical.leases.size === 0, 'the clerk gives the lease back by the login that took it')
  expect(new Set(infisical.logins.map(({ body }) => body['clientId']))).toEqual(
    new Set(['alpha', 'beta', 'db']),
  )
  const { stdout } = await runHere(withEnv(place(yaml('/alpha/TOKEN'))), ['secrets', 'check', '--json'])
  const rows = JSON.parse(stdout) as { server: string; store: string; outcome: string }[]
  expect(rows.map(({ server, outcome }) => [server, outcome === 'ok'])).toEqual([
    ['alpha', true],
    ['beta', false],
    ['db', true],
  ])
  await until(() => infisical.leases.size === 0, 'the lease of the check is given back')
})
