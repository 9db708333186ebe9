/**
 * Remote servers through a proxy of the environment, through a launched sidecar. The server's name resolves at the proxy
 * only. The certificates are made by `openssl`; without it these tests skip.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { makeAuthority, NO_OPENSSL } from '../servers/remote/certificates.mjs'
import { startRemote, type RemoteServer } from '../servers/remote/http.mjs'
import { startProxy, type ConnectProxy } from '../servers/remote/proxy.mjs'
import { everythingIn, host2, place, run, textOf, traces, until, yamlOf, type Place } from './support.ts'

const SECRET = 'prx_Zk93+hQ7x/"s3'
const NAME = 'far.test:8443'
const dir = mkdtempSync(join(tmpdir(), 'sidemux-proxy-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))
const authority = makeAuthority(dir)

interface Rig {
  readonly far: RemoteServer
  readonly proxy: ConnectProxy
  readonly where: Place
}

interface RigOptions {
  readonly url?: (far: RemoteServer) => string
  readonly env?: Record<string, string>
  readonly proxyUrl?: (url: string) => string
  readonly signedFor?: string
}

async function rig({
  url = () => `https://${NAME}/mcp`,
  env = {},
  proxyUrl = (given) => given,
  signedFor = 'DNS:far.test,IP:127.0.0.1',
}: RigOptions = {}): Promise<Rig> {
  const tls = authority?.sign(signedFor)
  if (tls === undefined || authority === undefined) throw new Error(NO_OPENSSL)
  const far = await startRemote('sdk2', { tls })
  onTestFinished(() => far.close())
  const proxy = await startProxy(() => far.port)
  onTestFinished(() => proxy.close())
  const yaml = yamlOf({
    version: 1,
    environment: 'test',
    secrets: { local: { type: 'dotenv', path: '.env' } },
    servers: { far: { url: url(far), headers: { Authorization: 'Bearer ${local:TOKEN}' } } },
    approvals: { channels: ['elicitation'] },
  })
  const where = place(yaml, { '.env': `TOKEN='${SECRET}'\n` })
  const around = { NODE_EXTRA_CA_CERTS: authority.caFile, HTTPS_PROXY: proxyUrl(proxy.url), ...env }
  return { far, proxy, where: { ...where, env: { ...where.env, ...around } } }
}

const echo = (where: Place): ReturnType<typeof run> =>
  run(where, ['call', 'far', 'echo', '--args', '{"text":"hello"}'])

function expectNoTrace(text: string): void {
  for (const trace of traces(SECRET)) expect(text).not.toContain(trace)
}

describe.runIf(authority !== undefined)('a proxy', () => {
  it('opens a tunnel, sees name and port and nothing else, and is left with no connection', async () => {
    const { far, proxy, where } = await rig({ proxyUrl: (url) => url.replace('//', '//user:p%40ss@') })
    const host = await host2(where, '2026-07-28')
    expect(textOf(await host.call('far_echo', { text: 'hello' }))).toBe('hello')
    expect(far.requests.at(-1)?.headers).toMatchObject({ authorization: `Bearer ${SECRET}`, host: NAME })
    expect(far.requests.every(({ headers }) => headers['proxy-authorization'] === undefined)).toBe(true)
    expect(new Set(proxy.asked)).toEqual(new Set([NAME]))
    const credentials = `Basic ${Buffer.from('user:p@ss').toString('base64')}`
    for (const head of proxy.heads) {
      const lines = head.trim().split('\r\n')
      expect(lines[0]).toBe(`CONNECT ${NAME} HTTP/1.1`)
      const names = lines.slice(1).map((line) => line.slice(0, line.indexOf(':')).toLowerCase())
      expect(names.toSorted()).toEqual(['connection', 'host', 'proxy-authorization'])
      expect(head).toContain(credentials)
    }
    // What went through is TLS.
    const inside = Buffer.concat(proxy.inside)
    expect(inside[0]).toBe(0x16)
    expectNoTrace(inside.toString('latin1') + proxy.heads.join(''))
    expect(inside.includes('tools/call')).toBe(false)
    await host.close()
    await until(() => proxy.open.size === 0 && far.sockets.size === 0, 'nothing is left behind')
    expect(everythingIn(where.state) + host.stderr()).not.toContain('p@ss')
  })

  it.each<[string, RigOptions, string | undefined]>([
    ['for this machine', { url: (far) => far.url }, undefined],
    ['for what NO_PROXY names', { env: { NO_PROXY: 'other.test,.far.test' } }, '(ENOTFOUND|EAI_AGAIN)'],
  ])('is not asked %s', async (_name, options, code) => {
    const { far, proxy, where } = await rig(options)
    const told = await echo(where)
    if (code === undefined) expect(told).toMatchObject({ code: 0, stdout: expect.stringContaining('hello') })
    else expect(told.stderr).toMatch(new RegExp(`"far" can't be reached \\(${code}\\)`))
    expect(proxy.asked).toEqual([])
    expect(far.requests.length > 0).toBe(code === undefined)
  })

  it('is no way around the certificate', async () => {
    const { far, proxy, where } = await rig({ signedFor: 'DNS:elsewhere.example' })
    const { code, stderr } = await echo(where)
    expect(code).toBe(1)
    expect(stderr).toContain('ERR_TLS_CERT_ALTNAME_INVALID')
    expect(proxy.asked.length).toBeGreaterThan(0)
    expect(far.requests).toEqual([])
  })

  it.each<[string, number, string]>([
    ['wants a password', 407, 'write name and password into HTTPS_PROXY'],
    ['does not find the server', 502, 'check HTTPS_PROXY and NO_PROXY where the host starts sidemux'],
  ])('that %s is told, without its words', async (_name, status, hint) => {
    const { far, proxy, where } = await rig()
    proxy.switches.status = status
    const { code, stderr } = await echo(where)
    expect(code).toBe(1)
    expect(stderr).toContain(`"far" can't be reached (PROXY_ANSWERED_${status}) at ${NAME}`)
    expect(stderr).toContain(hint)
    expect(stderr + everythingIn(where.state)).not.toContain('secret words')
    expect(far.requests).toEqual([])
    expectNoTrace(proxy.heads.join('') + stderr)
  })

  it('that dies in the middle ends the calls it carries, and the next ones go through a new tunnel', async () => {
    const { far, proxy, where } = await rig()
    const host = await host2(where, '2026-07-28')
    const slow = host.call('far_get_slowly', { ms: 30_000 })
    await until(() => far.calls.length > 0, 'the call arrives')
    proxy.cut()
    const told = await slow
    expect(told).toMatchObject({ isError: true })
    expect(textOf(told)).toContain('The call may have taken effect; check before trying again.')
    let last = ''
    await until(async () => {
      last = textOf(await host.call('far_echo', { text: 'again' }))
      return last === 'again'
    }, 'it goes on')
    proxy.switches.status = 503
    proxy.cut()
    // Whether this call finds it out or the one connection that is always open did: nothing of it went anywhere.
    const calls = far.calls.length
    const refused = textOf(await host.call('far_echo', { text: 'not now' }))
    expect(refused).toContain('PROXY_ANSWERED_503')
    expect(refused).not.toContain('may have taken effect')
    expect(far.calls.length).toBe(calls)
    await host.close()
  })
})
