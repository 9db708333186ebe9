/**
 * A secret store that is away when sidemux starts, as when a laptop wakes before its VPN or a Vault waits to be unsealed:
 * its servers come up with it, by themselves, each time, and nobody asks it before the moment that it wished for.
 *
 * `SIDEMUX_FULL=1 npx vitest run test/e2e/store-away.process.test.ts` has it away for 8, 25 and 60 s.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startVault } from '../servers/vault.mjs'
import { startAway, WAYS } from './away.ts'
import { audit, starts, steady, yaml } from './reload.ts'
import { HereHost } from './serve-here.ts'
import { place, RawHost, textOf, until } from './support.ts'

const isFull = process.env['SIDEMUX_FULL'] !== undefined
const AWAY_MS = isFull ? [8000, 25_000, 60_000] : [2500]
const SERVERS = ['one', 'two', 'three']
/** The longest pause between two tries, and the start of three processes. */

const called = async (host: RawHost, name: string): Promise<string> => {
  const { result } = await host.request('tools/call', { name, arguments: {} })
  return result === undefined ? '' : textOf(result)
}

describe.each(AWAY_MS)('away for %i ms', (forMs) => {
  it.each(WAYS)(
    '%s: its servers are up within one pause of its return (promise 1)',
    async (way) => {
      const vault = await startVault({
        engines: {
          secret: { version: 2, secrets: { app: { version: 1, data: { token: 'away-secret-0001' } } } },
        },
      })
      const away = await startAway(vault.port, way, forMs)
      onTestFinished(async () => {
        await away.close()
        await vault.close()
      })
      const auth = { method: 'approle', roleId: vault.roleId, secretId: '${env:SECRET_ID}' }
      const where = place('version: 1\nservers: {}\n')
      const file = (id: string): string => join(where.dir, `${id}.starts`)
      const entry = (id: string) => steady({ env: { TOKEN: '${team:/app#token}', STARTS: file(id) } })
      const text = yaml(
        Object.fromEntries([...SERVERS.map((id) => [id, entry(id)] as const), ['plain', steady()]]),
        { secrets: { team: { type: 'vault', address: away.url, auth } } },
      )
      writeFileSync(where.config, text)
      Object.assign(where.env, { SECRET_ID: vault.secretId })
      const host = new HereHost(where)
      await host.initialize()
      // The others are there all the same, and a call is told what is waited for.
      expect(await called(host, 'plain_who')).toMatch(/^\d+ /)
      const refused = await called(host, 'one_who')
      expect(refused).toMatch(/^\d+ |waits for the secret store "team"[^]*tries to start it again/)
      const backAt = await away.backAt
      await until(() => SERVERS.every((id) => starts(file(id)).length === 1), 'all are up')
      const tookMs = performance.now() - backAt
      process.stdout.write(
        `${way}, away for ${forMs / 1000} s: up ${Math.max(0, tookMs / 1000).toFixed(1)} s after its return, asked ${away.asked.length} times meanwhile\n`,
      )
      for (const id of SERVERS) expect(await called(host, `${id}_show_token`)).toContain('[redacted')
      expect(away.asked.filter(({ at, notBefore }) => at < notBefore)).toEqual([])
      const phases = audit(where).filter(({ type }) => type === 'server')
      expect(phases.filter(({ phase }) => phase === 'failed')).toEqual([])
      expect(SERVERS.map((id) => starts(file(id)).length)).toEqual([1, 1, 1])
      host.process.stdin?.end()
      expect(await host.exited()).toEqual({ code: 0, signal: null })
    },
    forMs + 75_000,
  )
})
