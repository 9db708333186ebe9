/**
 * A server reaches the hosts that its entry names and no others (promise 2), in the whole of sidemux: each attempt is made
 * by a real server that servers.yaml confines.
 */
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { atEnd, host1, place, shared, textOf, until } from '../e2e/support.ts'
import { needs } from '../servers/needs.mjs'

const DIALLER = resolve(import.meta.dirname, '../servers/dialler.mjs')

async function greeting(word: string): Promise<number> {
  const server = createServer((socket) => void socket.on('error', () => undefined).end(word))
  server.listen(0, '127.0.0.1')
  atEnd(() => server.close())
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

describe.runIf(needs('bwrap', 'perl'))('a server with a network by name', () => {
  const scene = shared(async () => {
    const [named, shown, other] = [await greeting('named'), await greeting('shown'), await greeting('other')]
    const entry = (network: unknown): string =>
      JSON.stringify({
        command: 'node',
        args: [DIALLER, `tcp://localhost:${shown}`],
        tools: { allow: ['*'] },
        sandbox: { network },
      })
    const where = place(`version: 1
defaults: { inheritProxy: true }
servers:
  open: ${entry('all')}
  listed: ${entry([`127.0.0.1:${named}`])}
  local: ${entry('loopback')}
  none: ${entry('none')}
`)
    const authority = join(where.dir, 'authority.pem')
    writeFileSync(authority, 'a certificate of a company')
    const env = { ...where.env, HTTPS_PROXY: 'http://127.0.0.1:9', NODE_EXTRA_CA_CERTS: authority }
    const host = await host1({ ...where, env })
    const variable = async (server: string, name: string): Promise<string> =>
      textOf(await host.call(`${server}_get_variable`, { name }))
    const dial = async (server: string, to: string, port: number): Promise<string> =>
      textOf(await host.call(`${server}_get_word`, { host: to, port }))
    return { where, named, shown, other, dial, variable, authority }
  })

  test('reaches what is named, also where only its entry shows the port', async () => {
    const { named, shown, dial } = await scene()
    expect(await dial('listed', 'localhost', named)).toBe('named')
    expect(await dial('listed', '127.0.0.1', named)).toBe('named')
    expect(await dial('local', 'localhost', shown)).toBe('shown')
  })

  test('reaches nothing else of this machine, and one without a network nothing at all', async () => {
    const { named, shown, other, dial } = await scene()
    for (const [server, port] of [
      ['listed', shown],
      ['listed', other],
      ['local', named],
      ['local', other],
      ['none', named],
    ] as const)
      expect([server, await dial(server, '127.0.0.1', port)]).toEqual([server, 'ECONNREFUSED'])
  })

  test('has its company’s authority to read by one switch, and the proxy where it goes out by itself', async () => {
    const { variable, authority } = await scene()
    for (const server of ['open', 'listed'])
      expect(await variable(server, 'NODE_EXTRA_CA_CERTS')).toBe(`${authority} a certificate of a company`)
    expect(await variable('open', 'HTTPS_PROXY')).toMatch(/^http:\/\/127\.0\.0\.1:9 /)
    expect(await variable('listed', 'HTTPS_PROXY')).toMatch(/^undefined /)
  })

  test('is told of in the log and in the audit log when it reaches for others, and leaves no door behind', async () => {
    const { where, dial } = await scene()
    expect(await dial('listed', 'evil.test', 443)).toBe('ENOTFOUND')
    expect(await dial('listed', '169.254.169.254', 80)).toMatch(/^(?:ECONNRESET|HTTP\/1\.1 403)/)
    const state = join(where.dir, 'state')
    const log = (): string => readFileSync(join(state, 'log/sidemux.log'), 'utf8')
    await until(() => log().includes('reached for 169.254.169.254:80'), 'the log tells of it')
    expect(log()).toContain('reached for evil.test, which its \\"network\\" does not name')
    const audit = (): string =>
      readdirSync(join(state, 'audit'))
        .filter((name) => name.endsWith('.jsonl'))
        .map((name) => readFileSync(join(state, 'audit', name), 'utf8'))
        .join('')
    await until(() => /"host":"evil\.test".*"phase":"refused"/.test(audit()), 'the audit log tells of it')
    expect(readdirSync(join(state, 'network'))).toEqual([])
  })
})
