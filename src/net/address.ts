/**
 * Decides to which addresses a request may go. Pure. A server names the addresses of its login (discovery,
 * registration, tokens), and these must not become a way into this machine, its network or the metadata service of a
 * cloud. So an address counts as one of four kinds, and only the public kind is open to everybody.
 *
 * The ranges are those of ipaddr.js, which follows the registries of IANA. An address that carries another one in it
 * (IPv4-mapped, NAT64, 6to4) is of the kind of that one; what is neither public nor one of ours (multicast, reserved,
 * documentation, tunnels) is never gone to.
 */
import ipaddr from 'ipaddr.js'

export type AddressKind = 'public' | 'private' | 'loopback' | 'link-local' | 'unusable'

/**
 * Where cloud platforms hand out credentials or the like, outside of the link-local ranges: Alibaba, Azure, Oracle; then
 * over IPv6 Amazon, Google, Oracle, Scaleway and Akamai, each with the network that it keeps for the purpose.
 */
const METADATA: readonly (readonly [Address, number])[] = [
  '100.100.100.200/32',
  '168.63.129.16/32',
  '192.0.0.192/32',
  'fd00:ec2::/32',
  'fd20:ce::/32',
  'fd00:c1::/32',
  'fd00:42::/32',
  'fd00:a9fe:a9fe::/48',
].map((network) => ipaddr.parseCIDR(network))

/** Private platforms give their service the usual IPv4 address as the end of one of their own. */
const USUAL_END = [169, 254, 169, 254]

function isMetadata(address: Address): boolean {
  const end = address.toByteArray().slice(-USUAL_END.length)
  return (
    (address.range() === 'uniqueLocal' && USUAL_END.every((byte, at) => end[at] === byte)) ||
    METADATA.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits))
  )
}

/** Each request asks for that of the address that it goes to, and few are gone to. */
const judged = new Map<string, AddressKind>()
const MAX_JUDGED = 256

export function kindOf(address: string): AddressKind {
  const before = judged.get(address)
  if (before !== undefined) return before
  const kind = judge(address)
  if (judged.size >= MAX_JUDGED) judged.clear()
  judged.set(address, kind)
  return kind
}

function judge(address: string): AddressKind {
  if (!ipaddr.isValid(address)) return 'unusable'
  const parsed = embedded(ipaddr.parse(address))
  if (isMetadata(parsed)) return 'link-local'
  switch (parsed.range()) {
    case 'unicast':
      return 'public'
    case 'loopback':
      return 'loopback'
    case 'private':
    case 'uniqueLocal':
    case 'carrierGradeNat':
      return 'private'
    case 'linkLocal':
      return 'link-local'
    default:
      return 'unusable'
  }
}

/** Suffixes of names that are nobody's on the internet (RFC 6761, 6762, 8375, ICANN's .internal), or the like in use. */
const PRIVATE_SUFFIX = /(^|\.)(local|internal|home\.arpa|lan|home|corp|intranet|private|localdomain)$/
const METADATA_NAMES: ReadonlySet<string> = new Set([
  'metadata',
  'metadata.google.internal',
  'metadata.goog',
  'metadata.azure.internal',
  'metadata.tencentyun.com',
  'instance-data',
  'instance-data.ec2.internal',
])

/** Of a name that doesn't resolve here, and that a proxy may know: what it can be by its form. */
export function kindOfName(name: string): AddressKind {
  const bare = name.toLowerCase().replace(/\.$/, '')
  if (METADATA_NAMES.has(bare)) return 'link-local'
  if (bare === 'localhost' || bare.endsWith('.localhost')) return 'loopback'
  return PRIVATE_SUFFIX.test(bare) || !bare.includes('.') ? 'private' : 'public'
}

type Address = ReturnType<typeof ipaddr.parse>

/** The IPv4 address that an IPv6 address stands for, or the address itself. */
function embedded(address: Address): Address {
  if (address instanceof ipaddr.IPv4) return address
  const bytes = address.toByteArray()
  switch (address.range()) {
    case 'ipv4Mapped':
    case 'rfc6145':
      return ipaddr.fromByteArray(bytes.slice(12))
    case 'rfc6052':
      // Only the well-known prefix has the address at a known place; a local one may have it anywhere.
      return bytes[4] === 0 && bytes[5] === 0
        ? ipaddr.fromByteArray(bytes.slice(12))
        : new ipaddr.IPv4([0, 0, 0, 0])
    case '6to4':
      return ipaddr.fromByteArray(bytes.slice(2, 6))
    default:
      // Such addresses are out of use and go nowhere, where nobody has made a way for them (RFC 4291, 2.5.5.1).
      return bytes.slice(0, 12).every((byte) => byte === 0) && address.range() === 'unicast'
        ? ipaddr.fromByteArray(bytes.slice(12))
        : address
  }
}

/** Which kinds may be gone to. */
export type Reach = ReadonlySet<AddressKind>

/** No address is kept from. For what only an operator wrote down, and no server can have named. */
export const ANYWHERE: Reach = new Set<AddressKind>([
  'public',
  'private',
  'loopback',
  'link-local',
  'unusable',
])
export const EVERYWHERE: Reach = new Set<AddressKind>(['public', 'private', 'loopback', 'link-local'])
export const THIS_MACHINE: Reach = new Set<AddressKind>(['loopback'])

/**
 * Where requests of a login may go: to public addresses, and to the kind of address that the operator wrote down as
 * the server's own. `allowPrivate` opens this machine and its network, and still not what is link-local, which is where
 * clouds keep credentials.
 */
export function reachOfLogin(own: Iterable<AddressKind>, allowPrivate: boolean): Reach {
  const kinds: AddressKind[] = ['public', ...own]
  if (allowPrivate) kinds.push('private', 'loopback')
  return new Set(kinds.filter((kind) => kind !== 'unusable'))
}
