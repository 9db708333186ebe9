/**
 * Finds the HTTP proxy for a request. The usual variables count, in lower or upper case: HTTPS_PROXY, else ALL_PROXY,
 * and NO_PROXY with names, `.suffixes`, ports, networks and `*`. HTTP_PROXY has no use, since plain http goes to this
 * machine only, and this machine is never gone to through a proxy.
 */
import { BlockList, isIP } from 'node:net'
import { parsedUrl } from '../parsed-url.ts'
import { coded } from './failure.ts'
import { bareHost, isLoopback } from './host.ts'

/** Undefined for a direct connection. @throws Error with a `code` when the variable is no URL of a proxy. */
export function proxyFor(target: URL, env: NodeJS.ProcessEnv): URL | undefined {
  if (target.protocol !== 'https:' || isLoopback(target.hostname)) return undefined
  const written = variable(env, 'https_proxy') ?? variable(env, 'all_proxy')
  if (written === undefined || isExempt(target, variable(env, 'no_proxy') ?? '')) return undefined
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(written) ? written : `http://${written}`
  const proxy = parsedUrl(text)
  if (proxy === undefined || !/^https?:$/.test(proxy.protocol)) throw coded('PROXY_URL_NOT_UNDERSTOOD')
  return proxy
}

function isExempt(target: URL, list: string): boolean {
  const host = bareHost(target).replace(/\.$/, '')
  const port = target.port || '443'
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => {
      if (entry === '*') return true
      if (isIP(host) !== 0 && entry.includes('/')) return inNetwork(host, entry)
      const [, name = '', only] = isIP(entry) === 6 ? ['', entry] : (/^(.*?)(?::(\d+))?$/.exec(entry) ?? [])
      if (only !== undefined && only !== port) return false
      const suffix = name.replace(/^\*?\./, '').replace(/^\[|\]$|\.$/g, '')
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
