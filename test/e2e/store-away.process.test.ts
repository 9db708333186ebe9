/**
 * A secret store that is away when sidemux starts, as when a laptop wakes before its VPN or a Vault waits to be unsealed:
 * its servers come up with it, by themselves, each time, and nobody asks it before the moment that it wished for.
 *
 * `SIDEMUX_FULL=1 npx vitest run test/e2e/store-away.process.test.ts` has it away for 8, 25 and 60 s.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startVault } from '../servers/vault.mjs'
import { startAway, WAYS } from './away.ts'
import { audit, starts, steady, yaml } from './reload.ts'
import { HereHost } from './serve-here.ts'
import { atEnd, place, RawHost, shared, textOf, until } from './support.ts'

const isFull = process.env['SIDEMUX_FULL'] !== undefined
const AWAY_MS = isFull ? [8000, 25_000, 60_000] : [2500]
/** Of each store. */
const SERVERS = ['one', 'two']

const called = async (host: RawHost, name: string): Promise<string> => {
  const { result } = await host.request('tools/call', { name, arguments: {} })
  return result === undefined ? '' : textOf(result)
}

describe.each(AWAY_MS)('away for %i ms', (forMs) => {
  /** A store that is away in each of the ways, its servers, and one that needs none, behind one sidemux. */
  const scene = shared(async () => {
    const vault = await startVault({
      engines: {
        secret: { version: 2, secrets: { app: { version: 1, data: { token: 'away-secret-0001' } } } },
      },
    })
    atEnd(() => vault.close())
    const stores = await Promise.all(
      WAYS.map(async (way) => {
        const away = await startAway(vault.port, way, forMs)
        atEnd(() => away.close())
        return { way, away, isAsked: () => way === 'refused' || away.asked.length > 0 }
      }),
    )
    const auth = { method: 'approle', roleId: vault.roleId, secretId: '${env:SECRET_ID}' }
    const where = place('version: 1\nservers: {}\n')
    const file = (id: string): string => join(where.dir, `${id}.starts`)
    const entries = WAYS.flatMap((way) =>
      SERVERS.map((name) => {
        const id = `${way}-${name}`
        return [id, steady({ env: { TOKEN: `\${${way}:/app#token}`, STARTS: file(id) } })] as const
      }),
    )
    const secrets = stores.map(({ way, away }) => [way, { type: 'vault', address: away.url, auth }] as const)
    writeFileSync(
      where.config,
      yaml({ ...Object.fromEntries(entries), plain: steady() }, { secrets: Object.fromEntries(secrets) }),
    )
    Object.assign(where.env, { SECRET_ID: vault.secretId })
    const host = new HereHost(where)
    await host.initialize()
    // The others are there all the same, and a call is told what is waited for.
    const plain = await called(host, 'plain_who')
    const refused = await Promise.all(WAYS.map((way) => called(host, `${way}-one_who`)))
    await until(() => stores.every(({ isAsked }) => isAsked()), 'each was asked while it was away')
    const back = stores.map(({ away }) => away.comesBack())
    return { where, host, file, plain, refused, stores, back }
  })

  it.each(WAYS)(
    '%s: its servers are up within one pause of its return (promise 1)',
    async (way) => {
      const { where, host, file, plain, refused, stores, back } = await scene()
      const at = WAYS.indexOf(way)
      const away = stores[at]?.away
      if (away === undefined) throw new Error('no such store')
      expect(plain).toMatch(/^\d+ /)
      expect(refused[at]).toMatch(/waits for the secret store "\w+"[^]*tries to start it again/)
      const ids = SERVERS.map((name) => `${way}-${name}`)
      const backAt = await back[at]
      await until(() => ids.every((id) => starts(file(id)).length === 1), 'all are up')
      const tookMs = performance.now() - (backAt ?? 0)
      process.stdout.write(
        `${way}, away for ${forMs / 1000} s: up ${Math.max(0, tookMs / 1000).toFixed(1)} s after its return, asked ${away.asked.length} times meanwhile\n`,
      )
      for (const id of ids) expect(await called(host, `${id}_show_token`)).toContain('[redacted')
      expect(away.asked.filter(({ at: askedAt, notBefore }) => askedAt < notBefore)).toEqual([])
      const phases = audit(where).filter(
        ({ type, server }) => type === 'server' && ids.includes(String(server)),
      )
      expect(phases.filter(({ phase }) => phase === 'failed')).toEqual([])
      expect(ids.map((id) => starts(file(id)).length)).toEqual([1, 1])
    },
    forMs + 75_000,
  )
})
