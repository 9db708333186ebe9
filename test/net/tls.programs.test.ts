/** Whose certificates the client takes, straight and behind a proxy. The certificates are made by `openssl`. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer as createHttpsServer } from 'node:https'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { trusting } from '../../src/net/trust.ts'
import { makeAuthority, NO_OPENSSL } from '../servers/remote/certificates.mjs'
import { ask, listening, opened } from './support.ts'

const dir = mkdtempSync(join(tmpdir(), 'sidemux-net-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))
const authority = makeAuthority(dir)
const ca = authority === undefined ? '' : readFileSync(authority.caFile, 'utf8')

describe.skipIf(authority === undefined)(`a certificate (skipped where ${NO_OPENSSL})`, () => {
  async function secure(names: string, expired = false): Promise<{ port: number; seen: string[] }> {
    const seen: string[] = []
    const tls = authority?.sign(names, { expired }) ?? {}
    const server = createHttpsServer(tls, (request, response) => {
      seen.push(request.url ?? '')
      response.end('ok')
    })
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    return { port: await listening(server), seen }
  }

  it.each<[string, { names: string; expired?: boolean; trust?: string; host?: string }, string]>([
    ['its authority is named', { names: 'DNS:localhost', trust: 'own' }, 'ok'],
    ['an address is in the certificate', { names: 'IP:127.0.0.1', trust: 'own', host: '127.0.0.1' }, 'ok'],
    ['its authority is unknown', { names: 'DNS:localhost' }, '(CERT|SIGN)'],
    ['it is for another name', { names: 'DNS:elsewhere', trust: 'own' }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    [
      'it is for a name and not for the address',
      { names: 'DNS:localhost', trust: 'own', host: '127.0.0.1' },
      'ERR_TLS_CERT_ALTNAME_INVALID',
    ],
    ['it has expired', { names: 'DNS:localhost', expired: true, trust: 'own' }, 'CERT_HAS_EXPIRED'],
  ])('when %s', async (_name, { names, expired, trust, host = 'localhost' }, expected) => {
    const far = await secure(names, expired)
    const client = opened({ trust: trust === undefined ? undefined : trusting(ca) })
    const [got, left] = await ask(client, `https://${host}:${far.port}/`)
    expect(got).toMatch(new RegExp(expected))
    expect([left, far.seen.length]).toEqual(expected === 'ok' ? [true, 1] : [false, 0])
  })

  it('counts by NODE_EXTRA_CA_CERTS too where another authority is named', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'sidemux-net-'))
    onTestFinished(() => rmSync(elsewhere, { recursive: true, force: true }))
    const other = readFileSync(makeAuthority(elsewhere)?.caFile ?? '', 'utf8')
    const far = await secure('DNS:localhost')
    const url = `https://localhost:${far.port}/`
    const before = process.env['NODE_EXTRA_CA_CERTS']
    onTestFinished(() => {
      if (before === undefined) delete process.env['NODE_EXTRA_CA_CERTS']
      else process.env['NODE_EXTRA_CA_CERTS'] = before
    })
    process.env['NODE_EXTRA_CA_CERTS'] = join(elsewhere, 'none.pem')
    expect((await ask(opened({ trust: trusting(other) }), url))[0]).toMatch(/CERT|SIGN/)
    process.env['NODE_EXTRA_CA_CERTS'] = authority?.caFile
    expect(await ask(opened({ trust: trusting(other) }), url)).toEqual(['ok', true])
  })

  it('a proxy behind https is known by its own name, and what it leads to by its own', async () => {
    const far = await secure('DNS:far.test')
    const server = createHttpsServer(authority?.sign('DNS:localhost') ?? {})
    const asked: string[] = []
    server.on('connect', (request, socket: Socket) => {
      asked.push(`${request.url} ${request.headers['proxy-authorization'] ?? ''}`)
      const target = connect(far.port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 204 Open\r\n\r\n')
        socket.pipe(target).pipe(socket)
      })
      onTestFinished(() => void target.destroy())
    })
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    const port = await listening(server)
    const env = { HTTPS_PROXY: `https://us%65r:p%@localhost:${port}` }
    const client = opened({ env, trust: trusting(ca) })
    expect(await ask(client, 'https://far.test/')).toEqual(['ok', true])
    expect(asked).toEqual([`far.test:443 Basic ${Buffer.from('user:p%').toString('base64')}`])
    expect(await ask(opened({ env }), 'https://far.test/')).toEqual([
      expect.stringMatching(/^PROXY_.*(CERT|SIGN)/),
      false,
    ])
  })
})
