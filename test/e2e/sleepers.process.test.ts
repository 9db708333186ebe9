/** What a server that sleeps would get is masked where another one finds it, and the server goes on sleeping (promise 3). */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { audit, edit, starts, yaml, type AuditRecord } from './reload.ts'
import { HereHost } from './serve-here.ts'
import { everythingIn, place, shared, textOf, until, type Place, type RawHost } from './support.ts'

const SERVER = resolve(import.meta.dirname, '../servers/reads.mjs')
const KEY = 'tok-1f2e3d4c5b6a7988'
const MOUNTED = 'mnt-Qz8vLr2XwPk4TnYc'
const OWN = 'own-u7Gh3JmB9sDfE5aK'
const LITERAL = 'lit-60293817465510928'
const OTHER = 'oth-WxYpRsVb81HtNcMg'

const config = (where: Place, path = '.env'): string => {
  const server = (env: Record<string, string>) => ({ command: 'node', args: [SERVER], sandbox: 'off', env })
  const a = server({
    STARTS: join(where.out, 'starts'),
    KEY: '${d:KEY}',
    MOUNTED: '${f:key}',
    OWN: '${env:A_TOKEN}',
    API_TOKEN: LITERAL,
  })
  const secrets = { d: { type: 'dotenv', path }, f: { type: 'file', path: 'mounted' } }
  return yaml({ a, b: server({ TELLS: join(where.dir, '.env') }) }, { secrets })
}

async function serving(where: Place): Promise<RawHost> {
  const host = new HereHost(where, undefined, { A_TOKEN: OWN, SIDEMUX_LOG: 'trace' })
  await host.initialize()
  await host.request('tools/list')
  return host
}

async function leave(host: RawHost): Promise<void> {
  host.process.stdin?.end()
  await host.exited()
}

const read = async (host: RawHost, path: string): Promise<string> =>
  textOf((await host.request('tools/call', { name: 'b_get_file', arguments: { path } })).result ?? {})

/** Both have been listed in an earlier run. */
async function acquainted(): Promise<Place> {
  const where = place('', { '.env': `KEY=${KEY}\n`, 'other.env': `KEY=${OTHER}\n`, copied: `<${OWN}>` })
  mkdirSync(join(where.dir, 'mounted'))
  writeFileSync(join(where.dir, 'mounted/key'), MOUNTED, { mode: 0o600 })
  writeFileSync(where.config, config(where))
  await leave(await serving(where))
  expect(everythingIn(where.state)).not.toContain(KEY)
  return where
}

const of = (records: readonly AuditRecord[], type: string): readonly AuditRecord[] =>
  records.filter((record) => record.type === type && record['server'] === 'a')

describe('a server that sleeps', () => {
  const scene = shared(acquainted)
  it.each([
    ['a .env file', '.env', KEY, '[redacted:a.KEY]'],
    ['a mounted file', 'mounted/key', MOUNTED, '[redacted:a.MOUNTED]'],
    ['a copy of a variable', 'copied', OWN, '[redacted:a.OWN]'],
    ['servers.yaml', 'servers.yaml', LITERAL, '[redacted:a.API_TOKEN]'],
  ])('has its value of %s masked by the first call of another one', async (_what, path, value, mask) => {
    const where = await scene()
    const [before, started] = [audit(where).length, starts(join(where.out, 'starts'))]
    const host = await serving(where)
    const shown = await read(host, join(where.dir, path))
    expect(shown).toContain(mask)
    await leave(host)
    expect(JSON.stringify(host.received)).not.toContain(value)
    expect(everythingIn(where.state)).not.toContain(value)
    // It has no process, and nobody was given a secret.
    expect(starts(join(where.out, 'starts'))).toEqual(started)
    const records = audit(where).slice(before)
    expect([of(records, 'secret'), of(records, 'server')]).toEqual([[], []])
  })

  it('gets no call that carries its value to another one (promise 2)', async () => {
    const where = await scene()
    const host = await serving(where)
    const answer = await host.request('tools/call', { name: 'b_get_file', arguments: { path: `/x/${KEY}` } })
    await leave(host)
    expect(JSON.stringify(answer)).toContain('a secret of another server (a.KEY)')
    expect(everythingIn(where.state)).not.toContain(KEY)
  })

  it('has the value masked that an edit brings, and that its file has from then on', async () => {
    const where = await acquainted()
    const started = starts(join(where.out, 'starts'))
    const host = await serving(where)
    const file = join(where.dir, 'other.env')
    expect(await read(host, file)).toContain(OTHER)
    await edit(where, config(where, 'other.env'))
    const isMasked = async (): Promise<boolean> => (await read(host, file)) === 'KEY=[redacted:a.KEY]\n'
    await until(isMasked, 'the edited one is known')
    const next = 'nxt-5Kj2Pd9RfZ4uEoLa'
    writeFileSync(file, `KEY=${next}\n`)
    await until(isMasked, 'the new one is known')
    await leave(host)
    expect(starts(join(where.out, 'starts'))).toEqual(started)
  })
})
