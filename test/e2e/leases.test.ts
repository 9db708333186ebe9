/** Leased credentials: made for one server, given back whatever happens, and never made twice (promises 1, 3 and 8). */
import { readdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startVault, type VaultServer } from '../servers/vault.mjs'
import { RawHost, everythingIn, place, run, textOf, until, type Place } from './support.ts'

/** `SIDEMUX_KILLS=200 npx vitest run test/e2e/leases.test.ts` for the figure of the README. */
const KILLS = Number(process.env['SIDEMUX_KILLS'] ?? 20)
const child = JSON.stringify(resolve(import.meta.dirname, '../servers/token.mjs'))

async function vaulted(
  role: { ttl?: number; maxTtl?: number } = {},
): Promise<{ vault: VaultServer; where: Place }> {
  const vault = await startVault({ roles: { 'database/creds/ro': { ttl: 600, maxTtl: 3600, ...role } } })
  onTestFinished(() => vault.close())
  const auth = '{ method: approle, roleId: "${env:ROLE_ID}", secretId: "${env:SECRET_ID}" }'
  const entry = `{ command: node, args: [${child}], leases: { db: { store: team, path: /database/creds/ro, ttl: 10m } }, env: { TOKEN: "\${lease:db#username}/\${lease:db#password}" } }`
  const where = place(
    `version: 1\nsecrets: { team: { type: vault, address: ${vault.url}, auth: ${auth} } }\nservers:\n  db: ${entry}\n`,
  )
  const env = { ...where.env, ROLE_ID: vault.roleId, SECRET_ID: vault.secretId }
  return { vault, where: { ...where, env } }
}

async function started(where: Place): Promise<RawHost> {
  const host = new RawHost(where)
  await host.initialize()
  await host.request('tools/list')
  return host
}

const ask = async (host: RawHost): Promise<string> =>
  textOf(
    (await host.request('tools/call', { name: 'db_get_token', arguments: {} })).result ?? { content: [] },
  )

const ledgers = (where: Place): string[] => {
  try {
    return readdirSync(join(where.state, 'leases'))
  } catch {
    return []
  }
}

describe('a leased credential', () => {
  it('reaches its server, is masked, is written down by id, and is gone when the host is', async () => {
    const { vault, where } = await vaulted()
    const host = await started(where)
    expect(vault.leases.size).toBe(1)
    const [lease] = [...vault.leases.values()]
    expect(await ask(host)).toMatch(/^\d+ \[redacted:db\.TOKEN\]/)
    host.process.stdin?.end()
    expect(await host.exited()).toEqual({ code: 0, signal: null })
    await until(() => vault.leases.size === 0, 'the lease is revoked')
    await until(() => ledgers(where).length === 0, 'the ledger is settled')
    const everything = JSON.stringify(host.received) + host.stderr() + everythingIn(where.state)
    for (const value of Object.values(lease?.data ?? {})) expect(everything.includes(value)).toBe(false)
    expect(everything).toContain(lease?.id)
    const { stdout } = await run(where, ['audit', 'show', '--json'])
    expect(stdout).toMatch(/"phase":"leased"[^]*"phase":"revoked"/)
  })

  it('is another one for another server process, and the old one is revoked', async () => {
    const { vault, where } = await vaulted({ ttl: 3, maxTtl: 3 })
    const host = await started(where)
    const [first] = [...vault.leases.keys()]
    const [pid] = (await ask(host)).split(' ')
    await until(async () => (await ask(host)).split(' ')[0] !== pid, 'it was replaced before its lease ended')
    await until(() => first !== undefined && !vault.leases.has(first), 'the old lease is revoked')
    expect(vault.leases.size).toBeGreaterThanOrEqual(1)
  })

  it('is asked for once, also when the answer is lost, and the server says why it is down', async () => {
    const { vault, where } = await vaulted()
    vault.fail('drop-after', { on: 'lease', times: 1 })
    const host = new RawHost(where)
    await host.initialize()
    const { result } = await host.request('tools/call', { name: 'db_get_token', arguments: {} })
    expect(result?.['isError']).toBe(true)
    expect(vault.count('lease')).toBe(1)
    host.process.stdin?.end()
    await host.exited()
    await until(() => vault.leases.size === 0, 'what was made unseen dies with the login')
  })
})

it('secrets check takes a lease, says when it ends, and gives it back', async () => {
  const { vault, where } = await vaulted()
  const { code, stdout } = await run(where, ['secrets', 'check', '--config', where.config])
  expect(code).toBe(0)
  expect(stdout).toMatch(/db +env\.TOKEN +lease +\$\{lease:db#password\} +ok +20\d\d-\d\d-\d\dT/)
  expect(vault.count('lease')).toBe(1)
  await until(() => vault.leases.size === 0, 'it is given back')
})

it('is not handed out when it can not be entered in the ledger, and every lease is given back all the same', async () => {
  const { vault, where } = await vaulted({ ttl: 3, maxTtl: 3 })
  const host = await started(where)
  rmSync(join(where.state, 'leases'), { recursive: true })
  await until(() => vault.count('lease') > 1, 'a second lease is asked for')
  host.process.stdin?.end()
  await host.exited()
  await until(() => vault.leases.size === 0, 'nothing is left')
})

describe('nothing is left at the server', () => {
  it(`after ${KILLS} SIGKILLs of the sidecar at random moments`, async () => {
    const { vault, where } = await vaulted()
    let leased = 0
    for (let round = 0; round < KILLS; round += 1) {
      const host = new RawHost(where)
      void host.initialize()
      const [seen, logins] = [vault.count('lease'), vault.count('login')]
      // Half of them around the very moment of the lease, the others anywhere in the start.
      if (round % 2 === 0) await until(() => vault.count('login') > logins, 'the clerk logs in')
      const [least, spread] = round % 2 === 0 ? [0, 60] : [300, 1200]
      await new Promise((resolve) => {
        setTimeout(resolve, least + Math.random() * spread)
      })
      host.process.kill('SIGKILL')
      await host.exited()
      leased += vault.count('lease') - seen
    }
    const last = await started(where)
    expect(await ask(last)).toContain('[redacted:db.TOKEN]')
    last.process.stdin?.end()
    await last.exited()
    await until(() => vault.leases.size === 0, `none of ${leased} leases is left`, 40_000)
    await until(() => ledgers(where).length === 0, 'no ledger is left', 40_000)
    expect(leased).toBeGreaterThan(KILLS / 4)
  }, 400_000)

  it('after the clerk itself was killed: the next start settles its ledger', async () => {
    const { vault, where } = await vaulted()
    const host = await started(where)
    const clerk = Number(ledgers(where)[0]?.split('-')[1])
    const [first] = [...vault.leases.keys()]
    process.kill(clerk, 'SIGKILL')
    host.process.kill('SIGKILL')
    await host.exited()
    const next = await started(where)
    await until(() => first !== undefined && !vault.leases.has(first), 'the orphan is revoked')
    next.process.stdin?.end()
    await next.exited()
    await until(() => vault.leases.size === 0 && ledgers(where).length === 0, 'all is settled')
  })
})
