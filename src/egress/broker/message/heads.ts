/** Judges and rewrites the heads of requests and answers on their way through a broker (RFC 9110, 9112). Pure. */
import type { Destination } from '../../interceptor.ts'
import { isSameHost } from '../hosts.ts'

/** Names and values in turn, as Node's `rawHeaders` has them. */
export type RawHeaders = readonly string[]

/** Of one connection and not of the message. */
const HOP_BY_HOP = /^(?:connection|keep-alive|proxy-.*|te|trailer|upgrade)$/i
/** What the broker can undo; it has to read an answer to mask it. */
const CODINGS: ReadonlySet<string> = new Set(['gzip', 'x-gzip', 'deflate', 'br', 'identity'])

/** Why a request isn't for the host to which its connection was opened; undefined where it is. */
export function misdirected(target: string, headers: RawHeaders, to: Destination): string | undefined {
  const hosts = valuesOf('host', headers)
  if (hosts.length !== 1) return 'it names no host, or more than one'
  if (!isHostOf(hosts[0] ?? '', to)) return 'its Host is another one'
  if (/^[a-z][a-z0-9+.-]*:/i.test(target)) {
    const authority = /^https?:\/\/([^/?#]*)/i.exec(target)?.[1]
    if (authority === undefined || authority.includes('@') || !isHostOf(authority, to))
      return 'its address names another host'
  } else if (!target.startsWith('/') && target !== '*') return 'its target is none of a request'
  return undefined
}

function isHostOf(authority: string, { host, port }: Destination): boolean {
  const [, name = '', written] = /^(\[[^\]]*\]|[^:[\]]*)(?::(\d*))?$/.exec(authority.trim()) ?? []
  if (written !== undefined && written !== '' && Number(written) !== port) return false
  return isSameHost(name, host)
}

/** Path and query of a target that may be a whole address. */
export function pathOf(target: string): string {
  const path = target.replace(/^https?:\/\/[^/?#]*/i, '').replace(/#.*$/s, '')
  return path === '' || path.startsWith('?') ? `/${path}` : path
}

export function valuesOf(name: string, headers: RawHeaders): string[] {
  return headers.filter((_, at) => at % 2 === 1 && (headers[at - 1] ?? '').toLowerCase() === name)
}

/** Without those whose name is one of these. */
export function lessHeaders(headers: RawHeaders, isGone: (name: string) => boolean): string[] {
  const nameAt = (at: number): string => (headers[at - (at % 2)] ?? '').toLowerCase()
  return headers.filter((_, at) => !isGone(nameAt(at)))
}

/** Without what is of the connection that it came by: what its `Connection` names too (RFC 9110, 7.6.1). */
export function endToEnd(headers: RawHeaders): string[] {
  const named = new Set(
    valuesOf('connection', headers)
      .flatMap((value) => value.toLowerCase().split(','))
      .map((name) => name.trim()),
  )
  return lessHeaders(headers, (name) => HOP_BY_HOP.test(name) || (named.has(name) && !KEPT.has(name)))
}

/** Nobody may name these away: they say how long a body is, and for whom a request is. */
const KEPT: ReadonlySet<string> = new Set(['host', 'content-length', 'transfer-encoding', 'authorization'])

/**
 * What is sent on of a request's headers.
 *
 * - Only codings that can be undone are asked for.
 * - No part of a body is asked for: a value that is cut in two is in neither part. Whoever is asked may send the whole
 *   (RFC 9110, 14.2).
 */
export function sentOn(headers: RawHeaders): string[] {
  const kept = lessHeaders(endToEnd(headers), (name) => name === 'range' || name === 'if-range')
  return kept.map((value, at) =>
    at % 2 === 1 && (kept[at - 1] ?? '').toLowerCase() === 'accept-encoding' ? readable(value) : value,
  )
}

function readable(value: string): string {
  const known = value
    .split(',')
    .map((one) => one.trim())
    .filter((one) => CODINGS.has((one.split(';')[0] ?? '').trim().toLowerCase()))
  return known.length === 0 ? 'identity' : known.join(', ')
}

/** The codings of a body, in the order in which they were put on it; undefined where one can't be undone. */
export function codingsOf(headers: RawHeaders): readonly string[] | undefined {
  const all = valuesOf('content-encoding', headers)
    .flatMap((value) => value.toLowerCase().split(','))
    .map((one) => one.trim())
    .filter((one) => one !== '' && one !== 'identity')
  return all.length > 3 || all.some((one) => !CODINGS.has(one)) ? undefined : all
}

/** What is read as a text: escapes in it are undone to look for values. */
export function isTextual(headers: RawHeaders): boolean {
  const type = valuesOf('content-type', headers)[0] ?? 'text/plain'
  return /^\s*(?:text\/|multipart\/|message\/|[\w.-]+\/(?:[\w.-]+\+)?(?:json|xml|yaml|javascript|x-www-form-urlencoded|x-ndjson|jsonl|graphql|problem)\b)/i.test(
    type,
  )
}

/** Comes bit by bit, and must not be held until its end. */
export function isStreamed(headers: RawHeaders): boolean {
  return valuesOf('content-length', headers).length === 0
}
