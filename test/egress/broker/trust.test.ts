import { X509Certificate } from 'node:crypto'
import { createServer, get } from 'node:https'
import { expect, it } from 'vitest'
import { Authority } from '../../../src/egress/broker/authority/authority.ts'
import { trustOf } from '../../../src/egress/broker/trusted.ts'
import { HOST, listen } from './support.ts'

const DAY_MS = 24 * 60 * 60_000

/** What a client says that trusts this authority alone. */
async function asked(authority: Authority, host: string, as = host): Promise<string> {
  const server = createServer(
    { SNICallback: (_, done) => done(null, authority.contextFor(host)) },
    (_, reply) => reply.end(),
  )
  const port = await listen(server)
  const options = { host: '127.0.0.1', port, servername: as, ca: authority.pem, agent: false as const }
  return new Promise((resolve) => {
    get({ ...options, headers: { host: as } }, (reply) =>
      reply.resume().on('end', () => resolve('trusted')),
    ).on('error', (error: NodeJS.ErrnoException) => resolve(`${error.code} ${error.message}`))
  })
}

it.each([
  ['a host of its secrets', HOST, 'trusted'],
  ['what is below one', 'a.b.wild.test', 'trusted'],
  ['another host', 'evil.example.org', 'permitted subtree violation'],
])('an authority is trusted for %s: %s', async (_, host, want) => {
  expect(await asked(new Authority('one', [HOST, '*.wild.test']), host)).toContain(want)
})

it('makes another authority for each run, and certificates for no other name and no longer than a day', async () => {
  let now = Date.now()
  const authority = new Authority('one', [HOST], () => now)
  expect(new Authority('one', [HOST]).pem).not.toBe(authority.pem)
  expect(new X509Certificate(authority.pem)).toMatchObject({ ca: true })
  expect(await asked(authority, HOST, `www.${HOST}`)).toContain('ERR_TLS_CERT_ALTNAME_INVALID')
  const before = authority.contextFor(HOST)
  expect(authority.contextFor(HOST)).toBe(before)
  now += DAY_MS
  expect(authority.contextFor(HOST)).not.toBe(before)
})

it('has a server go on trusting what its entry names, and what this machine trusts', () => {
  const texts: Record<string, string> = {
    '/corp.pem': 'CORP',
    '/own.pem': 'OWN',
    '/etc/ssl/certs/ca-certificates.crt': 'SYSTEM',
  }
  const { files, env } = trustOf({
    authority: 'BROKER\n',
    usual: ['NODE'],
    env: { REQUESTS_CA_BUNDLE: '/corp.pem', CURL_CA_BUNDLE: '/gone.pem' },
    extra: '/own.pem',
    text: (path) => texts[path],
    real: (path) => (path in texts ? path : undefined),
  })
  const [added, all] = files
  expect(added?.text.split('\n')).toEqual(['BROKER', 'OWN', 'CORP', ''])
  expect(all?.text.split('\n')).toEqual(['BROKER', 'OWN', 'CORP', 'SYSTEM', ''])
  expect(all?.paths).toContain('/etc/ssl/certs/ca-certificates.crt')
  expect(added?.paths).toContain(env['NODE_EXTRA_CA_CERTS'])
  expect(all?.paths).toContain(env['REQUESTS_CA_BUNDLE'])
})
