/**
 * Names what a confined server may reach: all that the machine does, nothing, or hosts by name. Where hosts are named the
 * server has a network of its own, and one way out of it, which sidemux holds (egress/). Pure.
 */
import { domainToASCII } from 'node:url'
import ipaddr from 'ipaddr.js'

export interface HostRule {
  /**
   * A name in lower case, `*.suffix` or `*`; `localhost` for this machine, however it is written; an address, without
   * brackets; a network such as 10.0.0.0/8.
   */
  readonly host: string
  /** None: the usual ones, and those that the entry shows for this host. */
  readonly ports: readonly number[]
}

export type NetworkRules =
  | { readonly kind: 'all' }
  | { readonly kind: 'none' }
  | { readonly kind: 'named'; readonly hosts: readonly HostRule[] }

/** Each is listened at in the server's network. */
const MAX_PORTS = 64

export function networkRules(written: 'all' | 'none' | 'loopback' | readonly string[]): NetworkRules {
  if (written === 'all' || written === 'none') return { kind: written }
  const hosts = written === 'loopback' ? ['localhost'] : written
  return { kind: 'named', hosts: hosts.flatMap((text) => hostRule(text) ?? []) }
}

/** @returns undefined for a text that names no host */
export function hostRule(text: string): HostRule | undefined {
  const written = text.trim()
  const [, host = '', ports] =
    /^\[([^\]]*:[^\]]*)\](?::([\d-]+))?$/.exec(written) ??
    (ipaddr.IPv6.isValid(written.replace(/\/\d+$/, ''))
      ? [written, written]
      : (/^([^:]*)(?::([\d-]+))?$/.exec(written) ?? []))
  const named = hostOf(host)
  const listed = ports === undefined ? [] : portsOf(ports)
  return named === undefined || listed === undefined ? undefined : { host: named, ports: listed }
}

function hostOf(text: string): string | undefined {
  if (text === '*') return text
  if (text.includes('/')) return ipaddr.isValidCIDR(text) ? text : undefined
  if (ipaddr.IPv6.isValid(text) || ipaddr.IPv4.isValidFourPartDecimal(text)) {
    const address = ipaddr.process(text)
    return address.range() === 'loopback' ? 'localhost' : address.toString()
  }
  const [, stars = '', rest = ''] = /^(\*\.)?(.*)$/.exec(text) ?? []
  const name = plainName(rest)
  return name === undefined ? undefined : `${stars}${name}`
}

/** In lower case, in ASCII, without its last dot; undefined for what is no name. A name that ends in a number is none. */
export function plainName(text: string): string | undefined {
  const name = domainToASCII(text.replace(/\.$/, ''))
  const isName =
    name.length <= 253 && /^(?:(?!-)[a-z0-9_-]{1,63}(?<!-)\.)*(?!-)(?!\d+$)[a-z0-9_-]{1,63}(?<!-)$/.test(name)
  return isName && !/(^|\.)0x[0-9a-f]*$/.test(name) ? name : undefined
}

function portsOf(text: string): readonly number[] | undefined {
  const [, from, to = from] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? []
  const [first, last] = [Number(from), Number(to)]
  if (from === undefined || first < 1 || last < first || last > 65_535 || last - first >= MAX_PORTS)
    return undefined
  return Array.from({ length: last - first + 1 }, (_, at) => first + at)
}
