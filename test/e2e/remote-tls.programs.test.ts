/**
 * Remote servers over TLS, through a launched sidecar: what it trusts is what Node trusts and NODE_EXTRA_CA_CERTS adds,
 * and a server that it doesn't trust gets nothing. The certificates are made by `openssl`; without it these tests skip.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { makeAuthority, NO_OPENSSL } from '../servers/remote/certificates.mjs'
import {
  startRemote,
  type RemoteKind,
  type RemoteOptions,
  type RemoteServer,
} from '../servers/remote/http.mjs'
import {
  everythingIn,
  host1,
  host2,
  place,
  run,
  textOf,
  traces,
  until,
  yamlOf,
  type Place,
} from './support.ts'

const SECRET = 'tls_Zk93+hQ7x/"s3'
const dir = mkdtempSync(join(tmpdir(), 'sidemux-tls-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))
const authority = makeAuthority(dir)

type Certificate = 'good' | 'for another name' | 'expired'

async function server(
  certificate: Certificate,
  kind: RemoteKind = 'sdk2',
  options: RemoteOptions = {},
): Promise<RemoteServer> {
  const names = certificate === 'for another name' ? 'DNS:elsewhere.example' : 'IP:127.0.0.1,DNS:localhost'
  const tls = authority?.sign(names, { expired: certificate === 'expired' })
  if (tls === undefined) throw new Error(NO_OPENSSL)
  const started = await startRemote(kind, { ...options, tls })
  onTestFinished(() => started.close())
  return started
}

function farAt(url: string, { trusted }: { trusted: boolean }, more: Record<string, unknown> = {}): Place {
  const entry = { url, headers: { Authorization: 'Bearer ${local:TOKEN}' }, ...more }
  const yaml = yamlOf({
    version: 1,
    environment: 'test',
    secrets: { local: { type: 'dotenv', path: '.env' } },
    servers: { far: entry },
    approvals: { channels: ['elicitation'] },
  })
  const where = place(yaml, { '.env': `TOKEN='${SECRET}'\n` })
  const trust = trusted && authority !== undefined ? { NODE_EXTRA_CA_CERTS: authority.caFile } : {}
  return { ...where, env: { ...where.env, ...trust } }
}

describe.runIf(authority !== undefined)('TLS', () => {
  it.each<[string, RemoteKind, { type?: string; caCert?: string | undefined }]>([
    ['Streamable HTTP of SDK 2.4', 'sdk2', {}],
    ['Streamable HTTP of SDK 1.32', 'sdk1', {}],
    ['SSE of SDK 1.32', 'sse', { type: 'sse' }],
    ['by its caCert alone', 'sdk2', { caCert: authority?.caFile }],
  ])('a trusted server is listed and called, secrets and masks included: %s', async (_name, kind, entry) => {
    const far = await server('good', kind)
    const where = farAt(far.url, { trusted: entry.caCert === undefined }, entry)
    const host = await host2(where, '2026-07-28')
    expect((await host.tools()).map(({ name }) => name)).toContain('far_echo')
    expect(textOf(await host.call('far_echo', { text: 'hello' }))).toBe('hello')
    expect(far.requests.at(-1)?.headers['authorization']).toBe(`Bearer ${SECRET}`)
    const told = textOf(await host.call('far_get_secret'))
    for (const trace of traces(SECRET)) expect(told).not.toContain(trace)
    await host.close()
    await until(() => far.sockets.size === 0, 'nothing is left behind')
  })

  it('a trusted server is known by its name too', async () => {
    const far = await server('good')
    const where = farAt(far.url.replace('127.0.0.1', 'localhost'), { trusted: true })
    const { code, stdout } = await run(where, ['call', 'far', 'echo', '--args', '{"text":"by name"}'])
    expect({ code, stdout: stdout.trim() }).toEqual({ code: 0, stdout: expect.stringContaining('by name') })
  })

  const REFUSED: [string, Certificate, boolean, RegExp, string][] = [
    ['signed by nobody known', 'good', false, /UNABLE_TO_[A-Z_]+|SELF_SIGNED_[A-Z_]+/, 'caCert of far'],
    [
      'for another name',
      'for another name',
      true,
      /ERR_TLS_CERT_ALTNAME_INVALID/,
      'its certificate is for another name; check the host name in the url of far',
    ],
    [
      'expired',
      'expired',
      true,
      /CERT_HAS_EXPIRED/,
      'its certificate is not valid now; check the clock of this machine, and ask whoever runs the server to renew it',
    ],
  ]
  it.each(REFUSED)(
    'a server whose certificate is %s gets no request and no secret, and the host is told why',
    async (_name, certificate, trusted, code, hint) => {
      const far = await server(certificate)
      const where = farAt(far.url, { trusted })
      const host = await host1(where, { env: { SIDEMUX_LOG: 'trace' } })
      expect(await host.tools()).toEqual([])
      const told = await run(where, ['call', 'far', 'echo', '--args', '{"text":"x"}'])
      expect(told.code).toBe(1)
      expect(told.stderr).toMatch(code)
      expect(told.stderr).toContain(hint)
      expect(told.stderr).toContain(`"far" can't be reached (`)
      await until(() => code.test(everythingIn(where.state) + host.stderr()), 'the log says so')
      await host.close()
      expect(far.requests).toEqual([])
      expect(far.calls).toEqual([])
      const everything = everythingIn(where.state) + host.stderr() + told.stdout + told.stderr
      for (const trace of traces(SECRET)) expect(everything).not.toContain(trace)
    },
  )

  it('a login goes the same way, to the server and to its login server', async () => {
    // The server is trusted, and its login server is at a place that isn't.
    const stranger = await server('for another name')
    const far = await server('good', 'sdk2', {
      guard: () => ({ status: 401, headers: {} }),
      pages: (request, response) => {
        if (request.url?.startsWith('/.well-known/oauth-protected-resource') !== true) return undefined
        const resource = `https://${request.headers.host}/mcp`
        const metadata = { resource, authorization_servers: [stranger.origin] }
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(metadata))
        return true
      },
    })
    const where = farAt(far.url, { trusted: false }, { headers: {} })
    const untrusted = await run(where, ['login', 'far'])
    expect(untrusted.code).toBe(1)
    expect(untrusted.stderr).toMatch(
      /"far" can't be reached \((UNABLE_TO|SELF_SIGNED)_[A-Z_]+\) at 127\.0\.0\.1:/,
    )
    expect(untrusted.stderr).toContain('caCert of far')
    expect(far.requests).toEqual([])

    const trusting = farAt(far.url, { trusted: true }, { headers: {} })
    const elsewhere = await run(trusting, ['login', 'far'])
    expect(elsewhere.stderr).toContain(
      `the login server of "far" can't be reached (ERR_TLS_CERT_ALTNAME_INVALID)`,
    )
    expect(stranger.requests).toEqual([])
  })
})
