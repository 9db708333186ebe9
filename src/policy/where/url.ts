/**
 * Judges whether an address goes where a pattern says. Programs read odd addresses in different ways (user info,
 * backslashes, line ends, numbers for hosts), so what allows takes only those that all read alike: written as the URL
 * Standard itself would write their scheme, host and port. What blocks takes the standard's reading of the others
 * too. Pure, but for the paths of `file:`.
 *
 * A pattern is `scheme://host[:port][/path]`: `*` in a host stays within a label, `*.` at its beginning is one or more
 * labels; without a port only the scheme's own is meant, without a path all are. Query and fragment aren't judged.
 */
import { isIP } from 'node:net'
import { domainToUnicode } from 'node:url'
import ipaddr from 'ipaddr.js'
import { matchGlob } from '../glob.ts'
import { parsedUrl } from '../../parsed-url.ts'
import { either, every, FITS, misfits, unknown, type WhereFit } from './fit.ts'
import { judgePath, matchNames } from './path.ts'
import type { ServerPlace } from './place.ts'
import { pathReadings } from './readings.ts'

export interface UrlPattern {
  readonly scheme: string
  /** With its brackets, where it is one of IPv6. */
  readonly host: string
  /** `*`, digits, or undefined for the scheme's own. */
  readonly port: string | undefined
  /** Undefined: every path. */
  readonly path: string | undefined
}

const PATTERN =
  /^([a-z*{},][a-z0-9+.{},*?-]*):\/\/(\[[0-9a-f:.]+\]|[^/:?#[\]@\\\s]*)(?::(\*|\d{1,5}))?(\/[^?#]*)?$/i

/** Undefined when it is none. */
export function parseUrlPattern(text: string): UrlPattern | undefined {
  const [, scheme, host, port, path] = PATTERN.exec(text) ?? []
  if (scheme === undefined || host === undefined) return undefined
  if (host === '' && scheme.toLowerCase() !== 'file') return undefined
  return { scheme: scheme.toLowerCase(), host: host.toLowerCase(), port, path }
}

const OUT = misfits('it does not go where the rule says')
const MAX_LENGTH = 8192

export function judgeUrl(patterns: readonly UrlPattern[], text: string, place: ServerPlace): WhereFit {
  if (text.length > MAX_LENGTH) return unknown(`it is longer than ${MAX_LENGTH} characters`)
  const url = parsedUrl(text)
  if (url === undefined) return unknown('it is no whole address')
  if (url.protocol === 'file:' || patterns.some(({ scheme }) => scheme === 'file'))
    return judgeFiles(patterns, text, url, place)
  const odd = whyOdd(text, url)
  const found = either(patterns.map((pattern) => judgeOne(pattern, url, text, odd === undefined)))
  if (odd === undefined) return found
  // How its server reads it can't be told; where it leads by one way of reading it counts all the same.
  return found.kind === 'fits' || found.kind === 'some' ? { kind: 'some', why: odd } : unknown(odd)
}

/** Why not all programs read it alike; undefined when they do. */
function whyOdd(text: string, url: URL): string | undefined {
  if (/[\s\p{Cc}\p{Default_Ignorable_Code_Point}\\]/u.test(text))
    return 'it holds a space, a control character or a backslash'
  const [, scheme, authority] = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]+)/i.exec(text) ?? []
  if (scheme === undefined || authority === undefined) return 'it is not written as scheme://host'
  if (authority.includes('@')) return 'it holds a user name'
  if (url.hostname.split('.').slice(0, -1).includes('')) return 'its host is written in an unusual way'
  const written = authority
    .toLowerCase()
    .replace(/:(\d+)$/, (whole, port: string) =>
      url.port === '' && port === DEFAULT_PORTS[url.protocol] ? '' : whole,
    )
  const isAscii = /^[\x21-\x7e]*$/.test(written)
  if (isAscii) return written === url.host ? undefined : 'its host is written in an unusual way'
  // Older rules for names read these four otherwise.
  if (/[ßς\u200c\u200d]/.test(written)) return 'its host is written in an unusual way'
  const port = url.port === '' ? '' : `:${url.port}`
  return written.normalize('NFC') === `${domainToUnicode(url.hostname)}${port}`
    ? undefined
    : 'its host is written in an unusual way'
}

const DEFAULT_PORTS: Readonly<Record<string, string | undefined>> = {
  'http:': '80',
  'https:': '443',
  'ws:': '80',
  'wss:': '443',
  'ftp:': '21',
}

function judgeOne(pattern: UrlPattern, url: URL, text: string, isPlain: boolean): WhereFit {
  const scheme = url.protocol.slice(0, -1)
  if (!matchGlob(pattern.scheme, scheme)) return OUT
  if (!hostMatches(pattern.host, isPlain ? url.hostname : likeliest(url.hostname))) {
    // What blocks means the host however it is written.
    return hostMatches(pattern.host, likeliest(url.hostname)) ? { kind: 'some', why: OUT.why } : OUT
  }
  if (!portMatches(pattern, url)) return OUT
  return pattern.path === undefined || pattern.path === '/**' ? FITS : pathsMatch(pattern.path, url, text)
}

function portMatches({ port }: UrlPattern, url: URL): boolean {
  if (port === '*') return true
  const own = DEFAULT_PORTS[url.protocol] ?? ''
  return (url.port === '' ? own : url.port) === (port ?? own)
}

export function hostMatches(pattern: string, host: string): boolean {
  if (pattern === '*') return true
  if (/[*?{]/.test(pattern)) {
    if (isIP(host.replace(/^\[|\]$/g, '')) !== 0) return false
    const labels = host.split('.')
    const [first, ...rest] = pattern.split('.')
    if (first !== '*') return matchNames(pattern.split('.'), labels)
    return matchNames(['*', '**', ...rest], labels)
  }
  return (parsedUrl(`http://${pattern}`)?.hostname ?? pattern) === host
}

/** Without the dot at its end, and IPv4 within IPv6 as IPv4. */
function likeliest(hostname: string): string {
  const host = hostname.replace(/\.$/, '')
  const bare = host.replace(/^\[|\]$/g, '')
  const within = isIP(bare) === 6 ? ipv4Within(ipaddr.parse(bare).toByteArray()) : undefined
  return within?.join('.') ?? host
}

/** By its first bytes: mapped and compatible (RFC 4291), of a NAT64 (RFC 6052), of 6to4 (RFC 3056). */
function ipv4Within(bytes: readonly number[]): readonly number[] | undefined {
  const starts = (...start: readonly number[]): boolean => start.every((byte, at) => bytes[at] === byte)
  const zeros = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0] as const
  if (starts(0x20, 0x02)) return bytes.slice(2, 6)
  if (starts(...zeros, 0xff, 0xff) || starts(0, 0x64, 0xff, 0x9b, ...zeros.slice(0, 8)))
    return bytes.slice(12)
  // Not what is `::` or `::1`.
  return starts(...zeros, 0, 0) && bytes.slice(12, 15).some((byte) => byte !== 0)
    ? bytes.slice(12)
    : undefined
}

/** As the standard resolves its `..`, and as one does who joins doubled slashes, or decodes, before that. */
function pathsMatch(pattern: string, url: URL, text: string): WhereFit {
  const [, written] = /^[^:]*:[/\\]*[^/\\?#]*([^?#]*)/.exec(text) ?? []
  return every([...new Set([url.pathname, written || '/'])].map((path) => pathMatches(pattern, path)))
}

/** As servers decode it, once or not at all; other letters may be the same for one, and not for another. */
function pathMatches(pattern: string, pathname: string): WhereFit {
  const read = pathReadings(pathname)
  if (!read.ok) return unknown(read.why)
  const parts = pattern.split('/').filter((part) => part !== '')
  const folded = parts.map((part) => part.toLowerCase())
  return every(
    read.all.map((reading) => {
      const names: string[] = []
      for (const name of reading.split('/')) {
        if (name === '..') names.pop()
        else if (name !== '' && name !== '.') names.push(name)
      }
      if (matchNames(parts, names)) return FITS
      const isLoose = matchNames(
        folded,
        names.map((name) => name.toLowerCase()),
      )
      return isLoose ? unknown('it is written with other letters than in the rule') : OUT
    }),
  )
}

/** A file of this machine, judged as a path; `file:` with a host is one of another. */
function judgeFiles(patterns: readonly UrlPattern[], text: string, url: URL, place: ServerPlace): WhereFit {
  const own = patterns.filter(({ scheme, host }) => scheme === 'file' && host === '')
  if (url.protocol !== 'file:') {
    const others = patterns.filter(({ scheme }) => scheme !== 'file')
    return others.length === 0 ? OUT : judgeUrl(others, text, place)
  }
  if (!/^file:\/\/\/[^?#\\]*$/.test(text) || url.hostname !== '')
    return unknown('it is no plain address of a file')
  if (own.length === 0) return OUT
  const isDrive = /^\/[a-z]:\//i.test(url.pathname)
  const path = text.slice('file://'.length)
  return judgePath(
    own.map((pattern) => (isDrive ? (pattern.path ?? '/**').replace(/^\//, '') : (pattern.path ?? '/**'))),
    isDrive ? path.slice(1) : path,
    place,
  )
}
