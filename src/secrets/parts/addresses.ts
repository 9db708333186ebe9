/**
 * Finds the secrets in an address: user and password, each as written and decoded, and parts of its path or query
 * that look like a token. Passwords that should have been percent-encoded and weren't (`p@ss/w#rd`) are common, so
 * the last `@` that a host follows ends them. Database addresses of drivers that have a form of their own are read as
 * well.
 */
import { looksRandom } from '../words/plainly.ts'
import { roleOf, userRole, type SecretPiece, type Role } from './piece.ts'

const HOSTS = String.raw`(?:[\w.-]+|\[[0-9a-fA-F:.%]+\])(?::\d*)?(?:,(?:[\w.-]+|\[[0-9a-fA-F:.]+\])(?::\d*)?)*`
/** Where user info ends for certain. */
const HOST_BEHIND = new RegExp(String.raw`^(?:${HOSTS}|\w+\([^()\s]*\))?(?:[/?#;(\s"'<>]|$)`)
const LONGEST = 16_384

export function addressPieces(text: string): readonly SecretPiece[] {
  return [...urls(text), ...withoutScheme(text), ...steps(text)]
}

/** Of a path alone. */
function steps(text: string): readonly SecretPiece[] {
  if (!/^(?:~|\.{1,2})?\/\S*$/.test(text) || text.length > LONGEST) return []
  return text.split(/[/?#&=]/).map((step) => ({ text: step, role: 'chance' }))
}

function* urls(text: string): Generator<SecretPiece> {
  for (const { 0: scheme, index } of text.matchAll(/[a-z][a-z0-9+.-]{1,24}:\/\//gi)) {
    const start = index + scheme.length
    const rest = text.slice(start, start + LONGEST)
    const next = /[\s,;|]\w[\w+.-]{1,24}:\/\//.exec(rest)?.index ?? rest.length
    // An address on its own may hold blanks in its password; in a text it ends at the first.
    const size =
      index === 0 && !/[\r\n]/.test(rest) ? next : Math.min(next, Math.max(0, rest.search(/[\s"'`<>]|$/)))
    yield* urlPieces(rest.slice(0, size), /^(?:https?|wss?):/i.test(scheme))
  }
}

function* urlPieces(address: string, isWeb: boolean): Generator<SecretPiece> {
  const ends = userInfoEnds(address)
  for (const at of ends) yield* userInfo(address.slice(0, at))
  for (const at of ends.length === 0 ? [-1] : ends) yield* behind(address.slice(at + 1), isWeb)
}

/** The path and the query. */
function* behind(hosts: string, isWeb: boolean): Generator<SecretPiece> {
  const from = hosts.search(/[/?#;]/)
  if (from < 0) return
  const [path = '', ...query] = hosts.slice(from).split(/[?&#;]/)
  // Elsewhere the path is the name of a database or a queue.
  if (isWeb) for (const step of path.split('/')) yield* both(step, 'chance', /^(?:bot)(?=\d+:)/)
  for (const pair of query) {
    const eq = pair.indexOf('=')
    if (eq < 0) yield* both(pair, 'chance')
    else {
      const role = roleOf(decodedPercent(pair.slice(0, eq)))
      yield* both(pair.slice(eq + 1), role === 'secret' || role === 'harmless' ? role : 'chance')
    }
  }
}

/** The index of the `@`, by the rules and, where these leave what is no port, by what was meant. */
function userInfoEnds(address: string): readonly number[] {
  const authority = address.search(/[/?#]|$/)
  const strict = address.lastIndexOf('@', authority)
  const odd = lastAtBeforeHost(address)
  const [, port = ''] = /^[^/?#@]*:([^/?#@]*)/.exec(address.slice(strict + 1)) ?? []
  // `host:8080/@scope/name` has none; `user:pa/ss@host` has.
  const isOdd =
    odd > authority && (!/^\d*$/.test(port) || address.slice(0, Math.max(strict, 0)).includes(':'))
  return [strict, ...(isOdd ? [odd] : [])].filter((at) => at > 0)
}

function lastAtBeforeHost(address: string): number {
  for (let at = address.lastIndexOf('@'); at > 0; at = address.lastIndexOf('@', at - 1)) {
    if (HOST_BEHIND.test(address.slice(at + 1, at + 300))) return at
  }
  return -1
}

function* userInfo(info: string): Generator<SecretPiece> {
  const colon = info.indexOf(':')
  if (colon < 0) {
    yield* both(info, userRole(decodedPercent(info)))
    return
  }
  yield* both(info.slice(0, colon), userRole(decodedPercent(info.slice(0, colon))))
  const password = info.slice(colon + 1)
  // What a client makes of a token without a user.
  yield* both(password, /^x-oauth-basic$/i.test(password) ? 'harmless' : 'secret')
}

function* both(raw: string, role: Role, without?: RegExp): Generator<SecretPiece> {
  const text = without === undefined ? raw : raw.replace(without, '')
  if (text === '') return
  const plain = decodedPercent(text)
  yield { text, role: role === 'chance' && !looksRandom(plain) ? 'none' : role }
  if (plain !== text) yield { text: plain, role }
}

export function decodedPercent(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text.replace(/%[0-7][0-9a-f]/gi, (token) => String.fromCharCode(parseInt(token.slice(1), 16)))
  }
}

/** `user:pw@tcp(host:3306)/db` of Go, `user:pw@host`, `user/pw@//host/service` of Oracle, `neo4j/pw`. */
function* withoutScheme(text: string): Generator<SecretPiece> {
  if (text.length > LONGEST || /[\r\n]/.test(text)) return
  const [, graph] = /^neo4j\/(.+)$/.exec(text) ?? []
  if (graph !== undefined) yield { text: graph, role: 'secret' }
  const [, oracle] = /^jdbc:oracle:\w+:(.+)$/i.exec(text) ?? []
  const body = oracle ?? text
  const slashes = body.lastIndexOf('@//')
  const at = slashes > 0 ? slashes : lastAtBeforeHost(body.replace(/:\w{1,32}$/, ''))
  const info = oracle === undefined && /^[\w.+-]+:\/\//.test(body) ? '' : body.slice(0, Math.max(at, 0))
  const [, user, password] =
    /^([^\s:@/;=,{}"']{0,128}):(?!\/\/)(.+)$/.exec(info) ??
    (at > 0 ? /^([\w.$#-]{1,64})\/(.+)$/.exec(info) : undefined) ??
    []
  if (user === undefined || password === undefined || password.includes('://')) return
  yield* both(user, userRole(user))
  yield* both(password.replace(/^"(.*)"$/, '$1'), 'secret')
}
