/**
 * Decides where a request may go. One rule holds for every address that a person writes (a store's, a server's) and
 * that a server names:
 *
 * - https, or plain http to this machine. No name and password in the address, since addresses get into logs.
 * - An address is judged after its name was resolved, and what was judged is what is connected to. There is no second
 *   look-up that could answer otherwise (DNS rebinding).
 * - Behind a proxy it is the proxy that resolves and connects. It is asked for no address, and for no name that resolves
 *   here to one, that may not be gone to; and of a name that doesn't resolve here only for one that could be public
 *   (address.ts). Beyond that the proxy decides.
 */
import { lookup as resolveName, type LookupAddress } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { kindOf, kindOfName, THIS_MACHINE, type AddressKind, type Reach } from './address.ts'
import { NotAllowedError } from './failure.ts'
import { bareHost, isLoopback } from './host.ts'

/**
 * What keeps an address from being used, as far as it shows in how it is written; undefined when nothing does.
 *
 * @param plain where plain http may go; a name counts by its form
 */
export function flawOf(url: URL, plain: Reach = THIS_MACHINE): 'credentials' | 'plain-http' | undefined {
  if (url.username !== '' || url.password !== '') return 'credentials'
  if (url.protocol === 'https:') return undefined
  if (url.protocol !== 'http:') return 'plain-http'
  return isLoopback(url.hostname) || (plain.has('link-local') && kindAsWritten(url) === 'link-local')
    ? undefined
    : 'plain-http'
}

/** @throws NotAllowedError for an address that nobody should have written. */
export function checkUrl(url: URL, plain?: Reach): void {
  const flaw = flawOf(url, plain)
  if (flaw !== undefined) throw new NotAllowedError(url.host, flaw)
}

/** @throws NotAllowedError for an IP address in the URL; names are judged when they are resolved. */
export function checkLiteral(url: URL, reach: Reach): void {
  const host = bareHost(url)
  if (isIP(host) !== 0 && !reach.has(kindOf(host))) throw new NotAllowedError(url.host, kindOf(host))
}

/** @throws NotAllowedError for what a proxy may not be asked for. */
export async function checkBehindProxy(url: URL, reach: Reach): Promise<void> {
  const kinds = await kindsOf(url)
  for (const kind of kinds.size > 0 ? kinds : [kindOfName(bareHost(url))])
    if (!reach.has(kind)) throw new NotAllowedError(url.host, kind)
}

/** What a host resolves to now; empty when it doesn't. */
export async function kindsOf(url: URL): Promise<ReadonlySet<AddressKind>> {
  const host = bareHost(url)
  if (isIP(host) !== 0) return new Set([kindOf(host)])
  const found = await resolveAll(host).catch(() => [])
  return new Set(found.map(({ address }) => kindOf(address)))
}

/** Resolves a name and answers only with addresses that may be gone to; what it answers is what is connected to. */
export function lookupWithin(reach: Reach): LookupFunction {
  return (host, options, done) => {
    resolveName(host, { ...options, all: true }, (error, found) => {
      if (error !== null) return done(error, [])
      const allowed = found.filter(({ address }) => reach.has(kindOf(address)))
      const [first] = allowed
      if (first === undefined) {
        return done(new NotAllowedError(host, kindOf(found[0]?.address ?? '')), [])
      }
      if (options.all === true) done(null, allowed)
      else done(null, first.address, first.family)
    })
  }
}

function kindAsWritten(url: URL): AddressKind {
  const host = bareHost(url)
  return isIP(host) === 0 ? kindOfName(host) : kindOf(host)
}

function resolveAll(host: string): Promise<LookupAddress[]> {
  return new Promise((resolve, reject) => {
    resolveName(host, { all: true }, (error, found) => (error === null ? resolve(found) : reject(error)))
  })
}
