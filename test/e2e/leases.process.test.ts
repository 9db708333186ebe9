/** Leased credentials: made for one server, given back whatever happens, and never made twice (promises 1, 3 and 8). */
import { readdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startInfisical, type DynamicSecret } from '../servers/infisical.mjs'
import { startVault, type Role } from '../servers/vault.mjs'
import { runHere } from './run-here.ts'
import { HereHost } from './serve-here.ts'
import { atEnd, everythingIn, place, RawHost, shared, textOf, until, type Place } from './support.ts'

/** `SIDEMUX_KILLS=200 npx vitest run test/e2e/leases.process.test.ts` kills more often. */
const KILLS = Number(process.env['SIDEMUX_KILLS'] ?? 5)
const child = JSON.stringify(resolve(import.meta.dirname, '../servers/token.mjs'))

interface Terms {
  /** Milliseconds. */
  readonly lastsMs?: number
  readonly renewsToMs?: number
  readonly maxMs?: number
}

type Verb = 'lease' | 'lease-renew' | 'lease-revoke'

/** What both back ends have, whatever they are. */
interface BackEnd {
  readonly server: {
    readonly leases: ReadonlyMap<string, { readonly id: string; readonly data: Record<string, string> }>
    readonly tokens: { readonly size: number }
    count(on: Verb | 'login'): number
    fail(kind: 'drop' | 'drop-after' | 'slow', fault: { on: Verb; times?: number; ms?: number }): void
    arrival(on: Verb): Promise<void>
    underWay(): string[]
    heal(): void
  }
  readonly where: Place
  /** From now on. */
  readonly terms: (terms: Terms) => void
}

function written(
  store: string,
  path: string,
  [user, password]: readonly [string, string],
  ttl: string,
): Place {
  const entry = `{ command: node, start: eager, args: [${child}], leases: { db: { store: team, path: ${path}${ttl} } }, env: { TOKEN: "\${lease:db#${user}}/\${lease:db#${password}}" } }`
  return place(
    `version: 1\ndefaults: { listWait: 50s }\nsecrets: { team: ${store} }\nservers:\n  db: ${entry}\n`,
  )
}

const BACK_ENDS = {
  async vault(terms: Terms = {}, ttl = ', ttl: 10m'): Promise<BackEnd> {
    const role: Role = { ttl: 600, maxTtl: 3600 }
    const server = await startVault({ roles: { 'database/creds/ro': role } })
    atEnd(() => server.close())
    const auth = '{ method: approle, roleId: "${env:ROLE_ID}", secretId: "${env:SECRET_ID}" }'
    const store = `{ type: vault, address: ${server.url}, auth: ${auth} }`
    const where = written(store, '/database/creds/ro', ['username', 'password'], ttl)
    Object.assign(where.env, { ROLE_ID: server.roleId, SECRET_ID: server.secretId })
    const seconds = (ms: number): number => ms / 1000
    const set = ({ lastsMs = 600_000, maxMs = 3_600_000, renewsToMs = lastsMs }: Terms): void =>
      void Object.assign(role, {
        ttl: seconds(lastsMs),
        maxTtl: seconds(maxMs),
        renewsTo: seconds(renewsToMs),
      })
    set(terms)
    return { server, where, terms: set }
  },
  async infisical(terms: Terms = {}, ttl = ', ttl: 10m'): Promise<BackEnd> {
    const dynamic: DynamicSecret = {}
    const server = await startInfisical({ dynamic: { '/db/RO': dynamic } })
    atEnd(() => server.close())
    const auth =
      '{ method: universal-auth, clientId: "${env:CLIENT_ID}", clientSecret: "${env:CLIENT_SECRET}" }'
    const store = `{ type: infisical, siteUrl: ${server.url}, projectId: ${server.projectId}, environment: dev, auth: ${auth} }`
    const where = written(store, '/db/RO', ['DB_USERNAME', 'DB_PASSWORD'], ttl)
    Object.assign(where.env, { CLIENT_ID: server.clientId, CLIENT_SECRET: server.clientSecret })
    const set = ({ lastsMs, renewsToMs, maxMs = 3_600_000 }: Terms): void => {
      delete dynamic.lastsMs
      delete dynamic.renewsToMs
      Object.assign(dynamic, { maxMs, ...(lastsMs && { lastsMs }), ...(renewsToMs && { renewsToMs }) })
    }
    set(terms)
    return { server, where, terms: set }
  },
}

type Name = keyof typeof BACK_ENDS
const NAMES: readonly Name[] = ['vault', 'infisical']

const vaulted = async (terms: Terms = {}): Promise<{ vault: BackEnd['server']; where: Place }> => {
  const { server, where } = await BACK_ENDS.vault(terms)
  return { vault: server, where }
}

async function started(where: Place, Kind: typeof RawHost = HereHost): Promise<RawHost> {
  const host = new Kind(where)
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
    const { stdout } = await runHere(where, ['audit', 'show', '--json'])
    expect(stdout).toMatch(/"phase":"leased"[^]*"phase":"revoked"/)
  })

  it('is another one for another server process, and the old one is revoked', async () => {
    const { vault, where } = await vaulted({ lastsMs: 3000, maxMs: 3000 })
    const host = await started(where)
    const [first] = [...vault.leases.keys()]
    const [pid] = (await ask(host)).split(' ')
    await until(async () => (await ask(host)).split(' ')[0] !== pid, 'it was replaced before its lease ended')
    await until(() => first !== undefined && !vault.leases.has(first), 'the old lease is revoked')
    expect(vault.leases.size).toBeGreaterThanOrEqual(1)
  })

  it.each(NAMES)(
    'of %s is asked for once when its answer is lost, however often its server is started again (promise 8)',
    async (name) => {
      const { server, where } = await BACK_ENDS[name]()
      server.fail('drop-after', { on: 'lease' })
      const host = new HereHost(where)
      await host.initialize()
      const call = async (): Promise<string> => {
        const params = { name: 'db_get_token', arguments: {} }
        return textOf((await host.request('tools/call', params)).result ?? { content: [] })
      }
      for (let tries = 0; tries < 4; tries += 1) {
        const answer = await call()
        expect(answer).toMatch(/waits for the secret store "team"[^]*(?:can't be reached|answer was lost)/)
        expect(answer).toMatch(/did not run[^]*tries to start it again in (?:5\d|6[01]) s/)
      }
      expect(server.count('lease')).toBe(1)
      host.process.stdin?.end()
      await host.exited()
      // What was made unseen dies with the login at Vault; at Infisical it is left to its ttl.
      if (name === 'vault') await until(() => server.leases.size === 0, 'it dies with the login')
      expect(server.leases.size).toBe(name === 'vault' ? 0 : 1)
    },
  )
})

it('secrets check takes a lease, says when it ends, and gives it back', async () => {
  const { vault, where } = await vaulted()
  const { code, stdout } = await runHere(where, ['secrets', 'check', '--config', where.config])
  expect(code).toBe(0)
  expect(stdout).toMatch(/db +env\.TOKEN +lease +\$\{lease:db#password\} +ok +20\d\d-\d\d-\d\dT/)
  expect(vault.count('lease')).toBe(1)
  await until(() => vault.leases.size === 0, 'it is given back')
})

it('is not handed out when it can not be entered in the ledger, and every lease is given back all the same', async () => {
  const { vault, where } = await vaulted({ lastsMs: 3000, maxMs: 3000 })
  const host = await started(where)
  rmSync(join(where.state, 'leases'), { recursive: true })
  await until(() => vault.count('lease') > 1, 'a second lease is asked for')
  host.process.stdin?.end()
  await host.exited()
  await until(() => vault.leases.size === 0, 'nothing is left')
})

/** What the sidecar is killed in, and how it is brought there: terms of the lease, and what to wait for. */
type Phase = 'creation' | 'renewal' | 'replacement' | 'revocation'
const PHASES: readonly Phase[] = ['creation', 'renewal', 'replacement', 'revocation']
/** A busy machine may start the next server so slowly that a shorter one has ended before it is replaced. */
const SHORT: Terms = { lastsMs: 2500, renewsToMs: 2500 }
/** At the server a lease takes this long to be made, renewed and revoked, so that a kill can fall into it. */
const SLOW_MS = 200
/** So often at most is each phase gone for, until it was hit. */
const TRIES = 6

async function reach(phase: Phase, host: RawHost, { server, terms }: BackEnd): Promise<void> {
  terms(phase === 'renewal' ? { lastsMs: 900, renewsToMs: 600_000 } : SHORT)
  await server.arrival('lease')
  if (phase === 'renewal') await server.arrival('lease-renew')
  if (phase === 'replacement') await server.arrival('lease')
  if (phase !== 'revocation') return
  // A replaced lease, or one of a host that goes.
  if (Math.random() < 0.5) {
    await host.request('tools/list')
    host.process.stdin?.end()
  }
  await server.arrival('lease-revoke')
}

/** What is really going on at the server. */
function phaseAt({ server }: BackEnd): Phase | 'login' | 'held' | 'before' {
  const underWay = server.underWay()
  if (underWay.includes('lease')) return server.leases.size === 0 ? 'creation' : 'replacement'
  if (underWay.includes('lease-renew')) return 'renewal'
  if (underWay.includes('lease-revoke')) return 'revocation'
  if (underWay.length > 0) return 'login'
  return server.leases.size > 0 ? 'held' : 'before'
}

const random = (least: number, most: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, least + Math.random() * (most - least))
  })

/** Kills the sidecar over and over; answers with what it was killed in. */
async function kills(name: Name): Promise<ReadonlyMap<string, number>> {
  const backEnd = await BACK_ENDS[name]({}, '')
  const { server, where } = backEnd
  for (const on of ['lease', 'lease-renew', 'lease-revoke'] as const) server.fail('slow', { on, ms: SLOW_MS })
  const hits = new Map<string, number>()
  const isMissing = (): boolean => PHASES.some((phase) => !hits.has(phase))
  let round = 0
  for (; round < KILLS || (isMissing() && round < TRIES * (PHASES.length + 1)); round += 1) {
    // Every fifth is at any moment of a life, right after the one before; the others go for a phase each.
    const aim = PHASES[round % (PHASES.length + 1)]
    if (aim !== undefined) await until(() => server.leases.size === 0, `round ${round} begins with none`)
    const host = new RawHost(where)
    void host.initialize()
    if (aim === undefined) {
      backEnd.terms(SHORT)
      await random(0, 3000)
    } else {
      await reach(aim, host, backEnd)
      await random(0, SLOW_MS / 2)
    }
    const phase = phaseAt(backEnd)
    host.process.kill('SIGKILL')
    hits.set(phase, (hits.get(phase) ?? 0) + 1)
    await host.exited()
  }
  backEnd.terms({})
  const made = server.count('lease')
  const last = await started(where)
  expect(await ask(last)).toContain('[redacted:db.TOKEN]')
  last.process.stdin?.end()
  await last.exited()
  await until(() => server.leases.size === 0, `none of ${made} leases is left`)
  await until(() => ledgers(where).length === 0, 'no ledger is left')
  await until(() => server.tokens.size === 0, 'no login is left')
  const histogram = [...hits].toSorted(([, a], [, b]) => b - a).map(([phase, times]) => `${phase} ${times}`)
  process.stdout.write(`${name}: ${round} kills (${histogram.join(', ')}), ${made} leases made, 0 left\n`)
  return hits
}

describe('nothing is left at', () => {
  // Both at once, for most of it is waiting. One that fails doesn't hide the other.
  const both = shared(() => Promise.allSettled(NAMES.map(kills)))

  it.each(NAMES)(
    `%s after ${KILLS} SIGKILLs of the sidecar at random moments (promise 8)`,
    async (name) => {
      const ended = (await both())[NAMES.indexOf(name)]
      if (ended?.status !== 'fulfilled') throw ended?.reason
      expect(PHASES.filter((phase) => !ended.value.has(phase))).toEqual([])
    },
    1_200_000,
  )
})

describe('nothing is left', () => {
  it('after a SIGKILL of the sidecar: what its clerk gave back is in the audit log of the next start (promise 6)', async () => {
    const { vault, where } = await vaulted()
    const host = await started(where, RawHost)
    const [lease] = [...vault.leases.keys()]
    host.process.kill('SIGKILL')
    await host.exited()
    await until(() => vault.leases.size === 0, 'the clerk gave it back')
    const next = await started(where)
    next.process.stdin?.end()
    await next.exited()
    const { stdout } = await runHere(where, ['audit', 'show', '--json'])
    const records = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    const of = (phase: string): Record<string, unknown> | undefined =>
      records.find((record) => record['phase'] === phase && record['lease'] === lease)
    const facts = { server: 'db', store: 'team', path: '/database/creds/ro', lease }
    expect(of('leased')).toMatchObject({ ...facts, outcome: 'ok' })
    expect(of('settled')).toMatchObject({ ...facts, outcome: 'revoked', expires: of('leased')?.['expires'] })
    await until(() => ledgers(where).length === 0, 'the ledger of the next one is gone')
  })

  it('after the clerk itself was killed: the next start settles its ledger', async () => {
    const { vault, where } = await vaulted()
    const host = await started(where, RawHost)
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
