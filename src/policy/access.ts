/**
 * Decides whether a prompt may be offered and whether a resource may be read. The first line that applies is the
 * answer:
 *
 *   block    `block` of the server or of the profile names it
 *   hidden   the server's `allow` is given and neither it nor `confirm` names it; or the profile's `allow` doesn't, or
 *            the profile's `classes` lack its class
 *   confirm  `confirm` of the server or of the profile names it
 *   allow    `allow` of the server names it: the operator's word is final
 *   allow    its class is read (prompt-risk.ts, uri-risk.ts)
 *   confirm  anything else
 *
 * A URI can be written in many ways. A server may read `file:///a/%2e%2e/b` as `file:///b`, and that with a fragment as
 * if it had none. So a line that blocks or asks counts for every way in which the URI can be read. A line that allows
 * has to name the place that the URI leads to as well. Pure.
 */
import { parsedUrl } from '../parsed-url.ts'
import { matchGlob } from './glob.ts'
import type { AccessNarrowing, AccessRules } from './options.ts'
import { whyNotTrusted, type Risk } from './risk/risk.ts'
import { ASKED, type Verdict } from './rules.ts'
import { decodedUri } from './risk/uri-risk.ts'

/** A resource is named by its URI; a template, which isn't read itself, by its `uriTemplate` as it is. */
export type AccessKind = 'prompt' | 'resource' | 'template'

export function decideAccess(
  kind: AccessKind,
  name: string,
  risk: Risk,
  rules: AccessRules = {},
  profile: AccessNarrowing = {},
): Verdict {
  const key = kind === 'prompt' ? 'prompts' : 'resources'
  const readings = kind === 'resource' ? readingsOf(name) : { all: [name], leading: [name] }
  const any = (rule: string, patterns: readonly string[] = []): string | undefined =>
    named(rule, patterns, (pattern) => readings.all.some((reading) => matchGlob(pattern, reading)))
  const every = (patterns: readonly string[]): string | undefined =>
    readings.leading.every((reading) => patterns.some((pattern) => matchGlob(pattern, reading)))
      ? patterns.find((pattern) => matchGlob(pattern, name))
      : undefined

  const verdict = (verdictKind: Verdict['kind'], rule: string, reason: string): Verdict => ({
    kind: verdictKind,
    risk: risk.class,
    rule,
    reason,
  })

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
  if (profile.classes && !profile.classes.includes(risk.class)) {
    const reason = `The profile leaves out ${key} that are classed ${risk.class}: ${risk.why}.`
    return verdict('hidden', 'profile classes', reason)
  }
  const confirmed = any(`${key}.confirm`, rules.confirm) ?? any('profile confirm', profile.confirm)
  if (confirmed !== undefined)
    return verdict('confirm', confirmed, `A rule wants a human to confirm this ${kind}.`)
  if (allowed !== undefined)
    return verdict('allow', `${key}.allow: ${allowed}`, `A rule allows this ${kind}.`)
  return risk.class === 'read'
    ? verdict('allow', 'risk', `It only reads: ${risk.why}.`)
    : verdict('confirm', 'risk', `${ASKED[risk.class]}: ${risk.why}.`)
}

/**
 * A prompt that changed since it was accepted, or that is new of a server that was known, waits for a human as a tool does
 * (rules.ts); a rule that has its very name was written for it.
 */
export function waiting(
  verdict: Verdict,
  name: string,
  standing: { readonly unchanged: boolean; readonly isNew: boolean },
): Verdict {
  if (standing.unchanged || verdict.kind !== 'allow') return verdict
  if (standing.isNew && verdict.rule === `prompts.allow: ${name}`) return verdict
  const risk = verdict.risk === 'read' ? 'unknown' : verdict.risk
  return { ...verdict, kind: 'confirm', risk, rule: 'pin', reason: whyNotTrusted(standing) }
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
  const plain = decodedUri(uri)
  const resolved = decodedUri(resolve(plain))
  return {
    all: [...new Set([uri, resolve(uri), plain, resolved].flatMap((reading) => [reading, place(reading)]))],
    leading: bare(resolved) === bare(plain) ? [uri] : [uri, resolved],
  }
}

function resolve(uri: string): string {
  return parsedUrl(uri)?.href ?? uri
}

/** Without what says nothing of where it is: of a file neither a query nor slashes that are doubled do. */
function place(uri: string): string {
  const whole = uri.replace(/#.*$/s, '')
  const [, scheme, path] = /^(file:\/\/)(.*)$/is.exec(whole) ?? []
  if (scheme === undefined || path === undefined) return whole
  return scheme + path.replace(/\?.*$/s, '').replace(/\/{2,}/g, '/')
}

/** Without what a parser adds that leads nowhere else, and with what it encodes that isn't ASCII. */
function bare(uri: string): string {
  return uri
    .toWellFormed()
    .replace(/\/$/, '')
    .replace(/[^\0-\x7f]/gu, (character) => encodeURIComponent(character))
}
