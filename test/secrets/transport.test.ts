/** The way to a back end: an own certificate authority, the proxy's variables, and where nothing may go. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openStore } from '../../src/secrets/stores/index.ts'
import { proxyFor } from '../../src/secrets/stores/shared/proxy.ts'
import { sender } from '../../src/secrets/stores/shared/transport.ts'
import { startFaulty, type FaultyServer } from '../servers/faults.mjs'
import { startInfisical } from '../servers/infisical.mjs'
import { startVault } from '../servers/vault.mjs'

const NO_OPENSSL = 'openssl is not installed'
const within = (ms = 5000): AbortSignal => AbortSignal.timeout(ms)

describe('which proxy', () => {
  const proxy = 'http://proxy.example:3128'
  test.each([
    ['https://vault.example', { HTTPS_PROXY: proxy }, true],
    ['https://vault.example', { https_proxy: proxy, HTTPS_PROXY: 'http://other.example' }, true],
    ['https://vault.example', { ALL_PROXY: 'proxy.example:3128' }, true],
    ['https://vault.example', { HTTP_PROXY: proxy }, false],
    ['https://vault.example', { HTTPS_PROXY: '' }, false],
    ['https://localhost:8200', { HTTPS_PROXY: proxy }, false],
    ['https://127.0.0.1:8200', { HTTPS_PROXY: proxy }, false],
    ['https://[::1]:8200', { HTTPS_PROXY: proxy }, false],
    ['https://vault.example', { HTTPS_PROXY: proxy, NO_PROXY: '*' }, false],
    ['https://vault.example', { HTTPS_PROXY: proxy, no_proxy: 'a.example, vault.example' }, false],
    ['https://vault.corp.example', { HTTPS_PROXY: proxy, NO_PROXY: '.corp.example' }, false],
    ['https://vault.corp.example', { HTTPS_PROXY: proxy, NO_PROXY: '*.corp.example' }, false],
    ['https://vault.corp.example', { HTTPS_PROXY: proxy, NO_PROXY: 'corp.example' }, false],
    ['https://notcorp.example', { HTTPS_PROXY: proxy, NO_PROXY: 'corp.example' }, true],
    ['https://vault.example:8200', { HTTPS_PROXY: proxy, NO_PROXY: 'vault.example:8200' }, false],
    ['https://vault.example', { HTTPS_PROXY: proxy, NO_PROXY: 'vault.example:8200' }, true],
    ['https://10.1.2.3', { HTTPS_PROXY: proxy, NO_PROXY: '10.0.0.0/8' }, false],
    ['https://11.1.2.3', { HTTPS_PROXY: proxy, NO_PROXY: '10.0.0.0/8' }, true],
    ['https://[fd00::1]', { HTTPS_PROXY: proxy, NO_PROXY: 'fd00::/8' }, false],
    ['https://[fd00::1]', { HTTPS_PROXY: proxy, NO_PROXY: 'fd00::1' }, false],
  ])('%s with %j: %s', (url, env, proxied) => {
    expect(proxyFor(new URL(url), env)?.host).toBe(proxied ? 'proxy.example:3128' : undefined)
  })
})

/** A proxy that opens tunnels, all of them to one port of this machine, and writes down to where it was asked. */
async function startProxy(
  to: () => number,
  status = 200,
): Promise<{ url: string; asked: string[]; server: Server }> {
  const asked: string[] = []
  const server = createServer()
  server.on('connect', (request, socket) => {
    asked.push(`${request.url} ${request.headers['proxy-authorization'] ?? ''}`)
    socket.on('error', () => {})
    // It says nothing, and notices when the client goes.
    if (status === 0) return void socket.on('end', () => socket.end()).resume()
    if (status !== 200) return void socket.end(`HTTP/1.1 ${status} No\r\n\r\n`)
    const target = connect(to(), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      target.pipe(socket).pipe(target)
    })
    target.on('error', () => socket.destroy())
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  return {
    url: `http://user:p%40ss@127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    asked,
    server,
  }
}

describe('over TLS', () => {
  let dir: string
  let tls: { key: string; cert: string } | undefined
  let ca = ''
  let peer: FaultyServer<'any'> | undefined
  const proxies: Server[] = []

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'tls-'))
    tls = certificates(dir)
    if (tls === undefined) return
    ca = readFileSync(join(dir, 'ca.pem'), 'utf8')
    const answer = (): { status: number; body: string } => ({ status: 200, body: 'hello' })
    peer = await startFaulty({ kindOf: () => 'any', answer, on: 'any', tls })
  })

  afterEach(() => {
    for (const server of proxies.splice(0)) server.close()
  })

  afterAll(async () => {
    await peer?.close()
    rmSync(dir, { recursive: true })
  })

  test('an unknown authority is refused, a named one is trusted', async ({ skip }) => {
    if (peer === undefined) return skip(NO_OPENSSL)
    expect(await sender({ env: {} })(peer.url, {}, within())).toMatchObject({
      failure: expect.stringMatching(/CERT|SIGN/) as unknown,
    })
    expect(await sender({ env: {}, ca })(peer.url, {}, within())).toMatchObject({
      status: 200,
      body: 'hello',
    })
    const wrongName = peer.url.replace('localhost', '127.0.0.1')
    expect(await sender({ env: {}, ca })(wrongName, {}, within())).toEqual({
      failure: 'ERR_TLS_CERT_ALTNAME_INVALID',
    })
  })

  test.for(['vault', 'infisical'] as const)('caCert of a %s store', async (type, { skip }) => {
    if (tls === undefined) return skip(NO_OPENSSL)
    const context = { environment: 'dev', baseDir: dir, env: {} }
    const vault = await startVault({
      tls,
      engines: { secret: { version: 1, secrets: { a: { k: 'value-1' } } } },
    })
    const infisical = await startInfisical({ tls, secrets: { dev: { '/': { a: 'value-1' } } } })
    const { clientId, clientSecret, projectId } = infisical
    const open = (caCert: Record<string, string>): ReturnType<typeof openStore> =>
      type === 'vault'
        ? openStore(
            'v',
            {
              type,
              address: vault.url,
              auth: { method: 'approle', roleId: vault.roleId, secretId: vault.secretId },
              ...caCert,
            },
            context,
          )
        : openStore(
            'i',
            {
              type,
              siteUrl: infisical.url,
              projectId,
              environment: 'dev',
              auth: { method: 'universal', clientId, clientSecret },
              ...caCert,
            },
            context,
          )
    const read = async (caCert: Record<string, string>): Promise<unknown> => {
      const store = await open(caCert)
      const [answer] = await store.resolve([{ path: '/a' }], { serverId: 's', signal: within() })
      await store.close()
      return answer
    }
    expect(await read({ caCert: 'ca.pem' })).toMatchObject({ ok: true, value: 'value-1' })
    expect(await read({})).toMatchObject({
      ok: false,
      error: { code: 'unavailable', hint: expect.stringContaining('caCert') as unknown },
    })
    await expect(open({ caCert: 'nope.pem' })).rejects.toThrow(/there is no file/)
    writeFileSync(join(dir, 'odd.pem'), 'hello')
    await expect(open({ caCert: 'odd.pem' })).rejects.toThrow(/not a certificate/)
    await vault.close()
    await infisical.close()
  })

  test('through a proxy, which is told host and port and its own password', async ({ skip }) => {
    const { port, requests } = peer ?? skip(NO_OPENSSL)
    const proxy = await startProxy(() => port)
    proxies.push(proxy.server)
    const send = sender({ env: { HTTPS_PROXY: proxy.url }, ca })
    const before = requests.length
    const body = { method: 'POST', body: 'secret-body' }
    expect(await send(`https://vault.example:${port}/path?q=1`, body, within())).toMatchObject({
      status: 200,
    })
    expect(proxy.asked).toEqual([
      `vault.example:${port} Basic ${Buffer.from('user:p@ss').toString('base64')}`,
    ])
    expect(requests.slice(before)).toMatchObject([{ path: '/path', method: 'POST', body: 'secret-body' }])
    // What the certificate must say is checked behind a proxy too.
    expect(await send(`https://other.example:${port}/`, {}, within())).toEqual({
      failure: 'ERR_TLS_CERT_ALTNAME_INVALID',
    })
  })

  test.each([
    [407, /^PROXY_ANSWERED_407$/],
    [503, /^PROXY_ANSWERED_503$/],
  ])('a proxy that answers %d is named', async (status, failure) => {
    const proxy = await startProxy(() => 0, status)
    proxies.push(proxy.server)
    const reply = await sender({ env: { HTTPS_PROXY: proxy.url } })('https://vault.example/', {}, within())
    expect(reply.failure).toMatch(failure)
  })

  test('a proxy that says nothing ends with the signal and leaves no connection', async () => {
    const proxy = await startProxy(() => 0, 0)
    proxies.push(proxy.server)
    const send = sender({ env: { HTTPS_PROXY: proxy.url } })
    await expect(send('https://vault.example/', {}, within(150))).rejects.toThrow()
    const open = (): Promise<number> =>
      new Promise((resolve) => {
        proxy.server.getConnections((_error, count) => resolve(count))
      })
    await expect.poll(open).toBe(0)
  })

  test('a variable that is no proxy fails closed (promise 1)', async () => {
    const reply = await sender({ env: { HTTPS_PROXY: 'socks5://127.0.0.1:1' } })(
      'https://vault.example/',
      {},
      within(),
    )
    expect(reply).toEqual({ failure: 'PROXY_URL_NOT_UNDERSTOOD' })
  })
})

/** A certificate authority in ca.pem, and what it signed for localhost and vault.example; undefined without openssl. */
function certificates(dir: string): { key: string; cert: string } | undefined {
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { cwd: dir, stdio: 'pipe' })
  const make = ['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  try {
    openssl('version')
  } catch {
    process.stderr.write(`skipped: ${NO_OPENSSL}\n`)
    return undefined
  }
  openssl(...make, '-x509', '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=lab CA')
  openssl(...make, '-keyout', 'key.pem', '-out', 'request.pem', '-subj', '/CN=localhost')
  writeFileSync(join(dir, 'names'), 'subjectAltName=DNS:localhost,DNS:vault.example\n')
  openssl(
    'x509',
    '-req',
    '-in',
    'request.pem',
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-days',
    '2',
    '-extfile',
    'names',
    '-out',
    'cert.pem',
  )
  return {
    key: readFileSync(join(dir, 'key.pem'), 'utf8'),
    cert: readFileSync(join(dir, 'cert.pem'), 'utf8'),
  }
}
