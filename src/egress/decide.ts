/**
 * Decides what becomes of a connection that a server asks for (promise 2). What no rule names is refused (promise 1).
 * Pure; in two steps, since a name is resolved in between:
 *
 * - By how the host is written: a rule has to name it and its port.
 * - By the address that it is at. A name is the word of whoever owns it, and may lead anywhere tomorrow. So a name leads
 *   to public addresses; to this machine or a private network only where a rule names that address too, or where the name
 *   is one that the internet doesn't have (net/address.ts); to where clouds keep credentials only where a rule is that
 *   very address.
 *
 * Where all may be reached, this machine is no part of it, but for the ports that the entry shows: other servers and
 * sidemux itself listen there. A door of sidemux is never reached.
 */
import type { HostRule, NetworkRules } from '../confine/network.ts'
import { kindOf, kindOfName, type AddressKind } from '../net/address.ts'
import type { Destination, Interceptor } from './interceptor.ts'
import { isNamedBy, isThisMachine, namesAddress } from './names.ts'

export interface EgressRules {
  /** With the ports of each host filled in. */
  readonly network: NetworkRules
  /** Of this machine, as the entry shows them. */
  readonly shown: readonly number[]
}

export type WhyRefused =
  /** It has no network. */
  | 'none'
  /** No rule names the host; or the host and not the port. */
  | 'host'
  | 'port'
  /** sidemux listens there. */
  | 'door'
  /** It is at an address of that kind. */
  | Exclude<AddressKind, 'public'>

export type Leave =
  | { readonly kind: 'allow' }
  | { readonly kind: 'intercept' }
  | { readonly kind: 'refuse'; readonly why: WhyRefused }

/** By how it is written. */
export function leaveOf(
  to: Destination,
  { network, shown }: EgressRules,
  interceptor?: Pick<Interceptor, 'wants'>,
): Leave {
  if (network.kind === 'none') return refuse('none')
  if (network.kind === 'all' && isThisMachine(to.host) && !shown.includes(to.port)) return refuse('loopback')
  if (network.kind === 'named') {
    const naming = network.hosts.filter((rule) => isNamedBy(rule, to))
    if (naming.length === 0) return refuse('host')
    if (!naming.some(({ ports }) => ports.includes(to.port))) return refuse('port')
  }
  return { kind: interceptor?.wants(to.host, to.port) === true ? 'intercept' : 'allow' }
}

/**
 * By its address; undefined where it may be gone to.
 *
 * @param doors ports of this machine at which a sidemux listens
 */
export function flawOfAddress(
  address: string,
  to: Destination,
  { network, shown }: EgressRules,
  doors: ReadonlySet<number>,
): WhyRefused | undefined {
  const kind = kindOf(address)
  if (kind === 'public') return undefined
  if (kind === 'loopback' && doors.has(to.port)) return 'door'
  if (network.kind === 'all')
    return kind === 'private' || (kind === 'loopback' && shown.includes(to.port)) ? undefined : kind
  if (network.kind === 'none') return 'none'
  const ofPort = network.hosts.filter(({ ports }) => ports.includes(to.port))
  if (
    kind === 'private' &&
    isPrivateName(to) &&
    ofPort.some((rule) => rule.host !== '*' && isNamedBy(rule, to))
  )
    return undefined
  const naming = ofPort.filter((rule) => namesAddress(rule, address))
  return naming.some((rule) => kind === 'private' || kind === 'loopback' || isAlone(rule)) ? undefined : kind
}

/** Of a name that is not found here, and that a company's proxy may find: by its form. */
export function flawOfHidden({ host }: Destination, { network }: EgressRules): WhyRefused | undefined {
  const kind = kindOfName(host)
  if (kind === 'public') return undefined
  const isNamed =
    network.kind === 'all' ||
    (network.kind === 'named' && network.hosts.some((rule) => rule.host !== '*' && isNamedBy(rule, { host })))
  return kind === 'private' && isNamed ? undefined : kind
}

function refuse(why: WhyRefused): Leave {
  return { kind: 'refuse', why }
}

/** The internet has no such name, so it is one of the user's network. */
function isPrivateName({ host }: Destination): boolean {
  return !host.includes(':') && kindOfName(host) === 'private'
}

/** One address, and no network of them. */
function isAlone({ host }: HostRule): boolean {
  return !host.includes('/')
}
