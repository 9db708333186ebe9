/**
 * Writes the two certificates of a broker: of an authority of its own, and of a host that this authority vouches for
 * (RFC 5280). Pure, given keys, a clock and a serial number.
 *
 * The authority is bound to the hosts of the secrets by name constraints (4.2.1.10): who trusts it trusts it for these
 * only, and it vouches for no other authority. Keys are on P-256, which all clients know.
 *
 * It is written by hand, since two fixed forms are wanted: the library for it, @peculiar/x509 2.2, brings 13 packages
 * and changes `Reflect` for the whole process. OpenSSL and Node judge what comes out (test/egress/broker).
 */
import { createHash, sign, type KeyObject } from 'node:crypto'
import { isIP } from 'node:net'
import { bits, implicit, integer, objectId, octets, sequence, setOf, tagged, time, utf8, yes } from './der.ts'
import ipaddr from 'ipaddr.js'

interface Facts {
  readonly serial: Uint8Array
  /** Milliseconds. */
  readonly from: number
  readonly to: number
}

export interface AuthorityFacts extends Facts {
  readonly name: string
  readonly key: KeyPair
  /** The only hosts that it may vouch for; `*.` in front means what is below. */
  readonly hosts: readonly string[]
}

export interface HostFacts extends Facts {
  readonly host: string
  readonly publicKey: KeyObject
  readonly authority: Pick<AuthorityFacts, 'name' | 'key'>
}

export interface KeyPair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

const OID = {
  commonName: '2.5.4.3',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  authorityKeyId: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
}
const DNS_NAME = 2
const IP_ADDRESS = 7
/** Bits of the key usage, from the left: digitalSignature, and keyCertSign. */
const SIGNS = bits(Buffer.from([0x80]), 7)
const SIGNS_CERTIFICATES = bits(Buffer.from([0x04]), 2)

/** PEM. */
export function authorityCertificate(facts: AuthorityFacts): string {
  const { name, key } = facts
  return certificate(facts, {
    issuer: name,
    subject: nameOf(name),
    publicKey: key.publicKey,
    signer: key.privateKey,
    extensions: [
      // Vouches for hosts, and for no authority below it.
      extension(OID.basicConstraints, true, sequence(yes(), integer(Buffer.from([0])))),
      extension(OID.keyUsage, true, SIGNS_CERTIFICATES),
      extension(OID.subjectKeyId, false, octets(keyId(key.publicKey))),
      extension(OID.nameConstraints, true, sequence(tagged(0, ...permitted(facts.hosts)))),
    ],
  })
}

/** PEM. */
export function hostCertificate(facts: HostFacts): string {
  const { host, authority, publicKey } = facts
  const ip = isIP(host) !== 0
  const name = ip ? implicit(IP_ADDRESS, addressBytes(host)) : implicit(DNS_NAME, Buffer.from(host, 'latin1'))
  return certificate(facts, {
    issuer: authority.name,
    // A name may be longer than the 64 characters of a common name, so it stands where clients look: below.
    subject: sequence(),
    publicKey,
    signer: authority.key.privateKey,
    extensions: [
      extension(OID.basicConstraints, true, sequence()),
      extension(OID.keyUsage, true, SIGNS),
      extension(OID.extendedKeyUsage, false, sequence(objectId(OID.serverAuth))),
      extension(OID.subjectKeyId, false, octets(keyId(publicKey))),
      extension(OID.authorityKeyId, false, sequence(implicit(0, keyId(authority.key.publicKey)))),
      // Critical, since there is no subject (4.2.1.6).
      extension(OID.subjectAltName, true, sequence(name)),
    ],
  })
}

interface Contents {
  readonly issuer: string
  readonly subject: Buffer
  readonly publicKey: KeyObject
  readonly signer: KeyObject
  readonly extensions: readonly Buffer[]
}

function certificate({ serial, from, to }: Facts, contents: Contents): string {
  const algorithm = sequence(objectId(OID.ecdsaWithSha256))
  const toSign = sequence(
    tagged(0, integer(Buffer.from([2]))),
    integer(serial),
    algorithm,
    nameOf(contents.issuer),
    sequence(time(from), time(to)),
    contents.subject,
    contents.publicKey.export({ type: 'spki', format: 'der' }),
    tagged(3, sequence(...contents.extensions)),
  )
  const signed = sequence(toSign, algorithm, bits(sign('sha256', toSign, contents.signer)))
  const lines = signed.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}

function nameOf(text: string): Buffer {
  return sequence(setOf(sequence(objectId(OID.commonName), utf8(text))))
}

function extension(id: string, isCritical: boolean, value: Buffer): Buffer {
  return sequence(objectId(id), ...(isCritical ? [yes()] : []), octets(value))
}

/**
 * A name stands for itself and what is below it: a host that is named alone is bound closer by the broker, which has a
 * certificate made for nothing else. Where only one kind is named, the other one is closed by a name that nobody has.
 */
function permitted(hosts: readonly string[]): Buffer[] {
  const names = hosts.filter((host) => isIP(host) === 0).map((host) => host.replace(/^\*\./, ''))
  const addresses = hosts.filter((host) => isIP(host) !== 0)
  return [
    ...(names.length > 0 ? names : ['sidemux.invalid']).map((name) =>
      sequence(implicit(DNS_NAME, Buffer.from(name, 'latin1'))),
    ),
    // Of documentation (RFC 5737), where there is none.
    ...(addresses.length > 0 ? addresses : ['192.0.2.0']).map((address) => {
      const bytes = addressBytes(address)
      return sequence(implicit(IP_ADDRESS, Buffer.concat([bytes, Buffer.alloc(bytes.length, 0xff)])))
    }),
  ]
}

function addressBytes(address: string): Buffer {
  return Buffer.from(ipaddr.parse(address).toByteArray())
}

/** As RFC 5280 (4.2.1.2) proposes, of the whole key. */
function keyId(key: KeyObject): Buffer {
  return createHash('sha1')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest()
}
