/**
 * May this prompt be offered, may this resource be read? The first line that applies is the answer:
 *
 *   block    `block` of the server or of the profile names it
 *   hidden   the server's `allow` is given and neither it nor `confirm` names it; or the profile's `allow` doesn't
 *   confirm  `confirm` of the server or of the profile names it
 *   allow    anything else: reading changes nothing
 *
 * A URI can be written in many ways, and a server may read `file:///a/%2e%2e/b` as `file:///b`, and that with a fragment
 * as if it had none. So what blocks or asks does so for every way in which the URI can be read, and what allows has to name where it leads to as well. Pure.
 */
import { matchGlob } from './glob.ts'
import type { AccessRules } from './options.ts'
import type { Verdict } from './rules.ts'

/** A resource is named by its URI; a template, which isn't read itself, by its `uriTemplate` as it is. */
export type AccessKind = 'prompt' | 'resource' | 'template'

export function decideAccess(
  kind: AccessKind,
  name: string,
  rules: AccessRules = {},
  profile: AccessRules = {},
): Verdict {
  const key = kind === 'prompt' ? 'prompts' : 'resources'
  const readings = kind === 'resource' ? readingsOf(name) : { all: [name], leading: [name] }
  const any = (rule: string, patterns: readonly string[] = []): string | undefined =>
    named(rule, patterns, (pattern) => readings.all.some((reading) => matchGlob(pattern, reading)))
  const every = (patterns: readonly string[]): string | undefined =>
    readings.leading.every((reading) => patterns.some((pattern) => matchGlob(pattern, reading)))
      ? patterns.find((pattern) => matchGlob(pattern, name))
      : undefined

  const blocked = any(`${key}.block`, rules.block) ?? any('profile block', profile.block)
  if (blocked !== undefined) return verdict('block', blocked, `A rule blocks this ${kind}.`)
  const allowed = rules.allow && every(rules.allow)
  if (
    rules.allow &&
    allowed === undefined &&
    every([...rules.allow, ...(rules.confirm ?? [])]) === undefined
  ) {
    return verdict('hidden', `${key}.allow`, `Neither ${key}.allow nor ${key}.confirm names this ${kind}.`)
  }
  if (profile.allow && every(profile.allow) === undefined) {
    return verdict('hidden', 'profile allow', `The profile's allow doesn't name this ${kind}.`)
  }
  const confirmed = any(`${key}.confirm`, rules.confirm) ?? any('profile confirm', profile.confirm)
  if (confirmed !== undefined)
    return verdict('confirm', confirmed, `A rule wants a human to confirm this ${kind}.`)
  if (allowed !== undefined)
    return verdict('allow', `${key}.allow: ${allowed}`, `A rule allows this ${kind}.`)
  return verdict('allow', 'default', `No rule names this ${kind}.`)
}

function verdict(kind: Verdict['kind'], rule: string, reason: string): Verdict {
  return { kind, risk: 'read', rule, reason }
}

/** Patterns that match nothing that the server offers: usually a misspelling, and in `block` a dangerous one. */
export function unmatchedAccess(
  { allow = [], confirm = [], block = [] }: AccessRules,
  names: readonly string[],
): readonly string[] {
  const patterns = [...new Set([...allow, ...confirm, ...block])]
  return patterns.filter((pattern) => !names.some((name) => matchGlob(pattern, name)))
}

function named(
  rule: string,
  patterns: readonly string[],
  matches: (pattern: string) => boolean,
): string | undefined {
  const pattern = patterns.find(matches)
  return pattern === undefined ? undefined : `${rule}: ${pattern}`
}

interface Readings {
  readonly all: readonly string[]
  /** As it is written and, where that is elsewhere, where it leads to; different encodings lead to the same place. */
  readonly leading: readonly string[]
}

function readingsOf(uri: string): Readings {
  const decoded = decode(uri)
  const resolved = decode(resolve(decoded))
  return {
    all: [...new Set([uri, resolve(uri), decoded, resolved].flatMap((reading) => [reading, place(reading)]))],
    leading: bare(resolved) === bare(decoded) ? [uri] : [uri, resolved],
  }
}

function resolve(uri: string): string {
  return URL.canParse(uri) ? new URL(uri).href : uri
}

/** Without what says nothing of where it is: of a file neither a query nor slashes that are doubled do. */
function place(uri: string): string {
  const whole = uri.replace(/#.*$/s, '')
  const [, scheme, path] = /^(file:\/\/)(.*)$/is.exec(whole) ?? []
  if (scheme === undefined || path === undefined) return whole
  return scheme + path.replace(/\?.*$/s, '').replace(/\/{2,}/g, '/')
}

/** Only what is ASCII: nothing else has a meaning in a URI, and so nothing can be malformed. */
function decode(uri: string): string {
  return uri.replace(/%([0-7][0-9a-f])/gi, (_escape, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  )
}

/** Without what a parser adds that leads nowhere else, and with what it encodes that isn't ASCII. */
function bare(uri: string): string {
  return uri
    .toWellFormed()
    .replace(/\/$/, '')
    .replace(/[^\0-\x7f]/gu, (character) => encodeURIComponent(character))
}
