/**
 * The authority that one server trusts, for one run: made when its secrets are brokered, its key in memory only, and gone
 * with the run. It vouches for the hosts of these secrets, each with a certificate of its own that lasts a day.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { createSecureContext, type SecureContext } from 'node:tls'
import { isOfThisMachine } from '../hosts.ts'
import { authorityCertificate, hostCertificate, type KeyPair } from './certificate.ts'

const THIS_MACHINE = ['localhost', '127.0.0.1', '::1']
const DAY_MS = 24 * 60 * 60_000
/** A run may last long; what it signs with goes with it. */
const AUTHORITY_MS = 397 * DAY_MS
/** Clocks jump. */
const BEFORE_MS = DAY_MS
/** Below `*.example.com` a server can name as many as it likes. */
const MOST_KEPT = 256

interface Kept {
  readonly context: SecureContext
  readonly until: number
}

export class Authority {
  /** What the server has to trust, as PEM. */
  readonly pem: string
  readonly #name: string
  readonly #key = keyPair()
  /** One key for all hosts: it never leaves this process. */
  readonly #hostKey = keyPair()
  readonly #kept = new Map<string, Kept>()
  readonly #now: () => number

  constructor(server: string, hosts: readonly string[], now: () => number = Date.now) {
    this.#now = now
    this.#name = `sidemux, for ${server} alone (${randomBytes(4).toString('hex')})`
    this.pem = authorityCertificate({
      name: this.#name,
      key: this.#key,
      hosts: hosts.flatMap((host) => (isOfThisMachine(host) ? THIS_MACHINE : host)),
      serial: serial(),
      from: now() - BEFORE_MS,
      to: now() + AUTHORITY_MS,
    })
  }

  /** With which the server is answered in the place of a host. */
  contextFor(host: string): SecureContext {
    const now = this.#now()
    const kept = this.#kept.get(host)
    if (kept !== undefined && Math.abs(kept.until - now - DAY_MS) < DAY_MS / 2) return kept.context
    const until = now + DAY_MS
    const cert = hostCertificate({
      host,
      publicKey: this.#hostKey.publicKey,
      authority: { name: this.#name, key: this.#key },
      serial: serial(),
      from: now - BEFORE_MS,
      to: until,
    })
    const key = this.#hostKey.privateKey.export({ type: 'pkcs8', format: 'pem' })
    const context = createSecureContext({ key, cert: cert + this.pem })
    if (this.#kept.size >= MOST_KEPT) this.#kept.clear()
    this.#kept.set(host, { context, until })
    return context
  }
}

function keyPair(): KeyPair {
  return generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
}

/** 127 bits, none of which say anything (RFC 5280, 4.1.2.2). */
function serial(): Buffer {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return bytes
}
