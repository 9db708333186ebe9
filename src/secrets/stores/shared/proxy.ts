/**
 * Which HTTP proxy a request goes through, and the tunnel to it. The usual variables count, in lower or upper case:
 * HTTPS_PROXY, else ALL_PROXY, and NO_PROXY with names, `.suffixes`, ports, networks and `*`. Loopback is never sent
 * through a proxy. A proxy sees host and port of a tunnel and nothing else.
 */
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { BlockList, isIP, type Socket } from 'node:net'

/** Undefined for a direct connection. @throws Error with a `code` when the variable is no URL of a proxy. */
export function proxyFor(target: URL, env: NodeJS.ProcessEnv): URL | undefined {
  if (target.protocol !== 'https:' || isLoopback(target.hostname)) return undefined
  const written = variable(env, 'https_proxy') ?? variable(env, 'all_proxy')
  if (written === undefined || isExempt(target, variable(env, 'no_proxy') ?? '')) return undefined
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(written) ? written : `http://${written}`
  const proxy = URL.canParse(text) ? new URL(text) : undefined
  if (proxy === undefined || !/^https?:$/.test(proxy.protocol)) throw coded('PROXY_URL_NOT_UNDERSTOOD')
  return proxy
}

export function isLoopback(hostname: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)
}

/** A connection to `target` through `proxy`; the caller speaks TLS over it. */
export function tunnel(proxy: URL, target: URL, signal: AbortSignal): Promise<Socket> {
  const authority = `${target.hostname}:${target.port || '443'}`
  const request = (proxy.protocol === 'https:' ? requestHttps : requestHttp)({
    hostname: bareHost(proxy),
    port: proxy.port || (proxy.protocol === 'https:' ? 443 : 80),
    method: 'CONNECT',
    path: authority,
    headers: { host: authority, ...credentials(proxy) },
    agent: false,
    signal,
  })
  return new Promise((resolve, reject) => {
    request.once('connect', (response, socket: Socket, head: Buffer) => {
      if (response.statusCode === 200 && head.length === 0 && !signal.aborted) return resolve(socket)
      socket.destroy()
      reject(coded(`PROXY_ANSWERED_${response.statusCode ?? 0}`))
    })
    request.once('error', reject)
    request.end()
  })
}

/** An IPv6 address without its brackets. */
export function bareHost({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '')
}

function isExempt(target: URL, list: string): boolean {
  const host = bareHost(target)
  const port = target.port || '443'
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => {
      if (entry === '*') return true
      if (isIP(host) !== 0 && entry.includes('/')) return inNetwork(host, entry)
      const [, name = '', only] = /^(.*?)(?::(\d+))?$/.exec(isIP(entry) === 6 ? '' : entry) ?? []
      if (only !== undefined && only !== port) return false
      const suffix = (isIP(entry) === 6 ? entry : name).replace(/^\*?\./, '')
      return suffix !== '' && (host === suffix || host.endsWith(`.${suffix}`))
    })
}

function inNetwork(host: string, network: string): boolean {
  const [base = '', bits] = network.split('/')
  const family = isIP(base) === 6 ? 'ipv6' : 'ipv4'
  const width = Number(bits)
  if (isIP(base) === 0 || !Number.isInteger(width) || width < 0 || width > (family === 'ipv6' ? 128 : 32))
    return false
  const block = new BlockList()
  block.addSubnet(base, width, family)
  return block.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4')
}

function variable(env: NodeJS.ProcessEnv, name: string): string | undefined {
  return env[name] || env[name.toUpperCase()] || undefined
}

function credentials({ username, password }: URL): Record<string, string> {
  if (username === '') return {}
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` }
}

function coded(code: string): Error {
  return Object.assign(new Error('the proxy failed'), { code })
}
