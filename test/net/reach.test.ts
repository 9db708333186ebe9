import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { EVERYWHERE, reachOfLogin, type Reach } from '../../src/net/address.ts'
import { guardedFetch } from '../../src/upstream/remote/guarded.ts'
import { NotAllowedError } from '../../src/net/failure.ts'
import { resolveNamesBy, type Address } from './names.ts'
import { fetching } from './support.ts'

/** What names resolve to, look-up by look-up; the last answer stays. */
const names = new Map<string, Address[][]>()
const asked: string[] = []
resolveNamesBy((name) => {
  asked.push(name)
  const answers = names.get(name) ?? []
  return answers.length > 1 ? answers.shift() : answers[0]
})
afterEach(() => {
  names.clear()
  asked.length = 0
})

const at = (...addresses: string[]): Address[] =>
  addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))

const PUBLIC: Reach = reachOfLogin(['public'], false)

async function whyOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => new Error('it was let through'),
    (reason: unknown) => reason,
  )
  return error instanceof NotAllowedError ? error.why : String(error)
}

async function web(): Promise<{ port: number; seen: string[] }> {
  const seen: string[] = []
  const server = createServer((request, response) => {
    seen.push(`${request.headers.host}${request.url}`)
    response.end('hello')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, seen }
}

describe('SSRF: an address that a server names for its login', () => {
  const REFUSED: [string, string, string][] = [
    ['the metadata service of a cloud', 'https://169.254.169.254/latest/meta-data/', 'link-local'],
    ['the same in decimal', 'https://2852039166/latest/', 'link-local'],
    ['the same in hexadecimal', 'https://0xa9fea9fe/latest/', 'link-local'],
    ['the same as IPv6', 'https://[::ffff:169.254.169.254]/', 'link-local'],
    ['the same through NAT64', 'https://[64:ff9b::a9fe:a9fe]/', 'link-local'],
    ['a private network', 'https://10.1.2.3/', 'private'],
    ['a private network, short', 'https://10.66051/', 'private'],
    ['a private network in octal', 'https://012.1.2.3/', 'private'],
    ['a unique local address', 'https://[fd00::1]/', 'private'],
    ['this machine', 'https://127.0.0.1/', 'loopback'],
    ['this machine, short', 'https://127.1/', 'loopback'],
    ['this machine as IPv6', 'https://[::1]/', 'loopback'],
    ['any address', 'https://0.0.0.0/', 'unusable'],
    ['plain http', 'http://example.com/', 'plain-http'],
    ['plain http to a private network', 'http://10.1.2.3/', 'plain-http'],
    ['credentials', 'https://user:pass@example.com/', 'credentials'],
    ['another scheme', 'file:///etc/passwd', 'plain-http'],
  ]
  it.each(REFUSED)('is not gone to: %s', async (_name, url, why) => {
    const route = fetching({ reach: PUBLIC, env: {} })
    expect(await whyOf(route.fetch(url))).toBe(why)
    expect(asked).toEqual([])
  })

  const RESOLVED: [string, string, string][] = [
    ['a private network', '192.168.0.1', 'private'],
    ['this machine', '127.0.0.1', 'loopback'],
    ['the metadata service', '169.254.169.254', 'link-local'],
    ['a mapped address', '::ffff:10.0.0.1', 'private'],
  ]
  it.each(RESOLVED)('is not gone to by a name for %s', async (_name, address, why) => {
    names.set('login.example', [at(address)])
    const route = fetching({ reach: PUBLIC, env: {} })
    expect(await whyOf(route.fetch('https://login.example/'))).toBe(why)
  })

  it('is judged and connected to in one look-up, so that no second one can answer otherwise (rebinding)', async () => {
    names.set('login.example', [at('192.0.2.7', '203.0.113.7'), at('127.0.0.1')])
    const route = fetching({ reach: PUBLIC, env: {} })
    expect(await whyOf(route.fetch('https://login.example/'))).toBe('unusable')
    expect(asked).toEqual(['login.example'])
  })

  it('of several goes only to those that are allowed', async () => {
    const { port, seen } = await web()
    names.set('localhost', [at('10.0.0.1', '127.0.0.1')])
    const route = fetching({ reach: EVERYWHERE, env: {} })
    expect((await route.fetch(`http://localhost:${port}/x`)).status).toBe(200)
    expect(seen).toEqual([`localhost:${port}/x`])
  })

  it('by plain http means loopback, whatever "localhost" resolves to', async () => {
    names.set('localhost', [at('93.184.216.34')])
    const route = fetching({ reach: EVERYWHERE, env: {} })
    expect(await whyOf(route.fetch('http://localhost:9/'))).toBe('public')
  })

  it('by plain http and a name is judged too', async () => {
    names.set('localhost', [at('127.0.0.1')])
    expect(await whyOf(fetching({ reach: PUBLIC, env: {} }).fetch('http://localhost:9/'))).toBe('loopback')
  })

  it('through a proxy is judged too, as far as it resolves here', async () => {
    names.set('login.example', [at('10.0.0.1')])
    const route = fetching({ reach: PUBLIC, env: { HTTPS_PROXY: 'http://127.0.0.1:9' } })
    expect(await whyOf(route.fetch('https://login.example/'))).toBe('private')
  })
})

describe('the guarded fetch', () => {
  it('goes where the server itself is, and to allowed places only', async () => {
    const { port } = await web()
    const url = new URL(`http://127.0.0.1:${port}/mcp`)
    const near = guardedFetch({ url, allowPrivate: false, env: {} })
    expect(await (await near(`http://127.0.0.1:${port}/`)).text()).toBe('hello')
    expect(await whyOf(near('https://10.0.0.1/'))).toBe('private')
    names.set('far.example', [at('93.184.216.34')])
    const far = guardedFetch({ url: new URL('https://far.example/mcp'), allowPrivate: false, env: {} })
    expect(await whyOf(far(`http://127.0.0.1:${port}/`))).toBe('loopback')
    const open = guardedFetch({ url: new URL('https://far.example/mcp'), allowPrivate: true, env: {} })
    expect(await (await open(`http://127.0.0.1:${port}/`)).text()).toBe('hello')
    expect(await whyOf(open('https://169.254.169.254/'))).toBe('link-local')
  })

  it('reads no more than 1 MiB of an answer', async () => {
    const server = createServer((_request, response) => void response.end('x'.repeat(3 * 1024 * 1024)))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    const text = await (await guardedFetch({ url, allowPrivate: false, env: {} })(url)).text()
    expect(text.length).toBe(1024 * 1024)
  })
})
