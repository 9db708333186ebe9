/** A proxy of the environment: what it is asked for, and how it fails. With TLS inside of the tunnel: e2e/remote-proxy. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { systemErrorCode } from '../../src/errors.ts'
import { EVERYWHERE, kindOfName, reachOfLogin, type Reach } from '../../src/net/address.ts'
import { guardedFetch } from '../../src/upstream/remote/guarded.ts'
import { NotAllowedError } from '../../src/net/failure.ts'
import { startProxy, type ConnectProxy, type ProxySwitches } from '../servers/remote/proxy.mjs'
import { startFleet } from '../upstream/harness.ts'
import { remoteSpec, until } from '../upstream/remote/support.ts'
import { resolveNamesBy } from './names.ts'
import { fetching, type Fetching } from './support.ts'

/** What names resolve to on this machine; others don't. */
const names = new Map<string, string>()
resolveNamesBy((name) => {
  const address = names.get(name)
  return address === undefined ? undefined : [{ address, family: address.includes(':') ? 6 : 4 }]
})

const PUBLIC: Reach = reachOfLogin(['public'], false)

async function proxied(switches: Partial<ProxySwitches> = {}): Promise<ConnectProxy> {
  const proxy = await startProxy(() => 9, switches)
  onTestFinished(() => proxy.close())
  onTestFinished(() => names.clear())
  return proxy
}

function routeBy({ url }: { readonly url: string }, reach: Reach, connectMs = 5000): Fetching {
  return fetching({ reach, env: { HTTPS_PROXY: url }, connectMs })
}

async function whyOf(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => 'it was let through',
    (reason: unknown) => reason,
  )
  return error instanceof NotAllowedError ? error.why : (systemErrorCode(error) ?? String(error))
}

describe('what a server names for its login is not asked of a proxy', () => {
  it.each<[string, string, string | undefined, string]>([
    ['a private address', 'https://10.1.2.3/', undefined, 'private'],
    ['the metadata service of a cloud', 'https://169.254.169.254/latest/', undefined, 'link-local'],
    ['a mapped address', 'https://[::ffff:10.0.0.1]/', undefined, 'private'],
    ['a name that resolves to a private address', 'https://login.example/', '192.168.0.1', 'private'],
    ['a name that resolves to this machine', 'https://login.example/', '127.0.0.1', 'loopback'],
    ['this machine by a name with a dot', 'https://localhost./', '127.0.0.1', 'loopback'],
    ['the machine of the proxy', 'https://localhost./', undefined, 'loopback'],
    ['the same, below', 'https://any.localhost/', undefined, 'loopback'],
    ['a name without a dot', 'https://intranet/', undefined, 'private'],
    ['a name of a private network', 'https://git.corp.internal/', undefined, 'private'],
    ['a name of the local network', 'https://PRINTER.local./', undefined, 'private'],
    ['a metadata service by its name', 'https://metadata.google.internal/', undefined, 'link-local'],
  ])('%s', async (_name, url, resolved, why) => {
    const proxy = await proxied()
    if (resolved !== undefined) names.set(new URL(url).hostname, resolved)
    expect(await whyOf(routeBy(proxy, PUBLIC).fetch(url))).toBe(why)
    expect(proxy.asked).toEqual([])
    const url0 = new URL('https://far.example/mcp')
    const guarded = guardedFetch({ url: url0, allowPrivate: false, env: { HTTPS_PROXY: proxy.url } })
    expect(await whyOf(guarded(url))).toBe(why)
    expect(proxy.asked).toEqual([])
  })

  it('unless it could be public, or was allowed', async () => {
    const proxy = await proxied({ status: 503 })
    names.set('known.example', '93.184.216.34')
    const route = routeBy(proxy, PUBLIC)
    expect(await whyOf(route.fetch('https://known.example/'))).toBe('PROXY_ANSWERED_503')
    expect(await whyOf(route.fetch('https://only-the-proxy.example:8443/'))).toBe('PROXY_ANSWERED_503')
    const open = routeBy(proxy, reachOfLogin(['public'], true))
    expect(await whyOf(open.fetch('https://git.corp.internal/'))).toBe('PROXY_ANSWERED_503')
    expect(await whyOf(open.fetch('https://metadata.google.internal/'))).toBe('link-local')
    expect(proxy.asked).toEqual(['known.example:443', 'only-the-proxy.example:8443', 'git.corp.internal:443'])
  })

  it.each([
    ['example.com', 'public'],
    ['localhost.example.com', 'public'],
    ['internal.example.com', 'public'],
    ['a.home.arpa', 'private'],
    ['thelocal', 'private'],
  ])('a name is judged by its end: %s', (name, kind) => {
    expect(kindOfName(name)).toBe(kind)
  })
})

describe('a proxy that fails', () => {
  it.each<[string, Partial<ProxySwitches>, string]>([
    ['wants a password', { status: 407 }, 'PROXY_ANSWERED_407'],
    ['finds nobody', { status: 502 }, 'PROXY_ANSWERED_502'],
    ['breaks off', { dropAtOnce: true }, 'PROXY_ECONNRESET'],
    ['hangs', { hang: true }, 'PROXY_ETIMEDOUT'],
  ])('is named: it %s', async (_name, switches, code) => {
    const proxy = await proxied(switches)
    let left = false
    const route = routeBy(proxy, EVERYWHERE, 300)
    const request = { method: 'POST', headers: { 'x-api-key': 'sekrit-value-123' }, body: 'sekrit-value-123' }
    const failed = route.fetch('https://far.test/mcp', request, () => (left = true))
    expect(await whyOf(failed)).toBe(code)
    expect(left).toBe(false)
    expect(proxy.asked).toEqual(['far.test:443'])
    expect(proxy.heads.join('')).not.toContain('sekrit')
    await until(() => proxy.open.size === 0, 'its connection is closed')
  })

  it('is named when it is not there, or no proxy', async () => {
    const proxy = await proxied()
    await proxy.close()
    const to = (url: string): Promise<string> =>
      whyOf(routeBy({ url }, EVERYWHERE).fetch('https://far.test/'))
    expect(await to(proxy.url)).toBe('PROXY_ECONNREFUSED')
    expect(await to('socks5://127.0.0.1:1')).toBe('PROXY_URL_NOT_UNDERSTOOD')
  })

  it('that hangs keeps nothing open when the route is closed before', async () => {
    const proxy = await proxied({ hang: true })
    const route = routeBy(proxy, EVERYWHERE, 60_000)
    const failed = whyOf(route.fetch('https://far.test/'))
    await until(() => proxy.asked.length === 1, 'it is asked')
    route.close()
    await failed
    await until(() => proxy.open.size === 0, 'its connection is closed')
  })

  it('is told as why a server is down', async () => {
    const proxy = await proxied({ status: 407 })
    const env = { HTTPS_PROXY: proxy.url.replace('//', '//user:sekrit-value-123@') }
    const { fleet, child } = startFleet([remoteSpec('far', 'https://far.test/mcp', { environment: env })])
    await fleet.settled()
    expect(child('far').state).toMatchObject({
      reason: `"far" can't be reached (PROXY_ANSWERED_407) at far.test.`,
      hint: expect.stringContaining('write name and password into HTTPS_PROXY'),
    })
    expect(JSON.stringify(child('far').state)).not.toContain('sekrit')
  })
})
