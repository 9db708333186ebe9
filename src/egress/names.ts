/** Compares what a server reaches for with a rule of `network:`, by name or by address. Pure. */
import ipaddr from 'ipaddr.js'
import type { HostRule } from '../confine/network.ts'
import type { Destination } from './interceptor.ts'

type Host = Pick<Destination, 'host'>

/** The rule names the host; its ports are looked at elsewhere. */
export function isNamedBy(rule: HostRule, { host }: Host): boolean {
  const named = rule.host
  if (named === '*') return true
  if (named.startsWith('*.')) return host.endsWith(named.slice(1)) && host.length >= named.length
  if (named === 'localhost' && isThisMachine(host)) return true
  return ipaddr.isValid(host) ? namesAddress(rule, host) : named === host
}

/** The rule names the address itself, or the network that it is in. */
export function namesAddress({ host: named }: HostRule, text: string): boolean {
  const address = ipaddr.process(text)
  if (named === 'localhost') return address.range() === 'loopback'
  if (named.includes('/')) {
    const [network, bits] = ipaddr.parseCIDR(named)
    return network.kind() === address.kind() && address.match(network, bits)
  }
  return ipaddr.isValid(named) && ipaddr.process(named).toString() === address.toString()
}

/** However it is written. */
export function isThisMachine(host: string): boolean {
  if (ipaddr.isValid(host)) return ipaddr.process(host).range() === 'loopback'
  return host === 'localhost' || host.endsWith('.localhost')
}
