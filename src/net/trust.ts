/**
 * Collects the authorities whose certificates a peer may show: Node's own, those of NODE_EXTRA_CA_CERTS, and the one
 * that an operator names for one store or one server (`caCert`). They are read once for each client, because Node
 * would parse all of them again for every connection.
 */
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls'

export interface Trust {
  /** What an operator named, for another process to trust it too. */
  readonly pem: string
  readonly context: SecureContext
}

/**
 * @param pem one certificate or several, trusted beside those that are trusted anyway
 * @returns undefined when that is no text of certificates
 */
export function trusting(pem: string): Trust | undefined {
  try {
    // Node takes a text without any certificate for one that names none.
    if (new X509Certificate(pem).subject === '') return undefined
    const ca = [...rootCertificates, ...extraCertificates(), pem]
    return { pem, context: createSecureContext({ ca }) }
  } catch {
    return undefined
  }
}

/** Naming authorities replaces Node's own list, and these with it. Node itself warns of a file that it can't read. */
function extraCertificates(): readonly string[] {
  const file = process.env['NODE_EXTRA_CA_CERTS']
  if (file === undefined || file === '') return []
  try {
    return [readFileSync(file, 'utf8')]
  } catch {
    return []
  }
}
