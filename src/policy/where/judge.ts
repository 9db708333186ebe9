/**
 * Judges whether the arguments of a call are what a rule's `where:` says. Of a list each value has to fit; a value
 * that can't be judged makes the answer `unknown`, which allows nothing (rules.ts). Pure, but for the links that a
 * path is followed through (disk.ts).
 */
import { both, either, every, FITS, misfits, unknown, type WhereFit } from './fit.ts'
import { MAX_VALUES, TOO_MANY, valuesAt } from './find.ts'
import { whereKind } from './kind.ts'
import type { Condition, DetailedCondition, Where } from './options.ts'
import { judgePath } from './path.ts'
import type { ServerPlace } from './place.ts'
import { judgeUrl, parseUrlPattern, type UrlPattern } from './url.ts'
import { judgeLength, judgeNumber, judgeOneOf, judgePattern, judgeText, type Scalar } from './values.ts'

export interface Judging {
  readonly place: ServerPlace
  /** What an argument counts for that may be missing (`optional: true`) and is. */
  readonly absent: 'fits' | 'misfits'
}

/** `why` of the answer names the argument. */
export function judgeWhere(
  where: Where,
  args: Readonly<Record<string, unknown>>,
  judging: Judging,
): WhereFit {
  return both(
    Object.entries(where).map(([name, condition]) => {
      const fit = judgeArgument(name, condition, args, judging)
      return { ...fit, why: fit.why === '' ? '' : `argument ${JSON.stringify(name)}: ${fit.why}` }
    }),
  )
}

function judgeArgument(
  name: string,
  condition: Condition,
  args: Readonly<Record<string, unknown>>,
  { place, absent }: Judging,
): WhereFit {
  const { values, isMissing, doubt } = valuesAt(args, name)
  const detailed = isDetailed(condition) ? condition : undefined
  if (isMissing && values.length === 0 && doubt === undefined && detailed?.optional === true)
    return absent === 'fits' ? FITS : misfits('it is not there')
  if (values.length > MAX_VALUES || (mayCost(condition) && costOf(values) > MAX_COST))
    return unknown(TOO_MANY)
  const all = values.map((value) => fits(condition, value, place))
  const doubts = [
    ...(isMissing ? [unknown('it is not there')] : []),
    ...(doubt === undefined ? [] : [unknown(doubt)]),
  ]
  return every([...all, ...doubts])
}

/** Of all values together, in characters: each is read in several ways, and looked for on the disk, while all others wait. */
const MAX_COST = 32_768

function mayCost(condition: Condition): boolean {
  if (!isDetailed(condition)) return true
  const { path, url, host, scheme, text, pattern } = condition
  return [path, url, host, scheme, text, pattern].some((one) => one !== undefined)
}

function costOf(values: readonly unknown[]): number {
  const each = values.flat().map((one) => (typeof one === 'string' ? one.length : 0) + 16)
  return each.reduce((sum, one) => sum + one, 0)
}

/** Whether one value, or each of a list, fits. */
export function fits(condition: Condition, value: unknown, place: ServerPlace): WhereFit {
  if (!Array.isArray(value)) return judgeValue(condition, value, place)
  const maxItems = isDetailed(condition) ? condition.maxItems : undefined
  if (maxItems !== undefined && value.length > maxItems) return misfits('it has too many values')
  if (value.length === 0) return unknown('it is an empty list')
  if (value.length > MAX_VALUES) return unknown(TOO_MANY)
  return every(value.map((one) => judgeValue(condition, one, place)))
}

function judgeValue(condition: Condition, value: unknown, place: ServerPlace): WhereFit {
  if (isDetailed(condition)) return judgeDetailed(condition, value, place)
  const all: readonly Scalar[] = Array.isArray(condition) ? condition : [condition]
  const texts = all.filter((one) => typeof one === 'string')
  const paths = texts.filter((one) => whereKind(one) === 'path')
  const urls = texts.filter((one) => whereKind(one) === 'url')
  const values = all.filter((one) => typeof one !== 'string' || whereKind(one) === 'text')
  return either([
    ...(values.length === 0 ? [] : [judgeOneOf(values, value)]),
    ...(paths.length === 0 ? [] : [onText(value, (text) => judgePath(paths, text, place))]),
    ...(urls.length === 0 ? [] : [onText(value, (text) => judgeUrl(urls.flatMap(parsed), text, place))]),
  ])
}

function judgeDetailed(condition: DetailedCondition, value: unknown, place: ServerPlace): WhereFit {
  const { path, from, url, host, scheme, text, pattern, min, max, minLength, maxLength } = condition
  const values = [...(condition.is === undefined ? [] : [condition.is]), ...(condition.in ?? [])]
  const there = from === undefined ? place : { ...place, base: absoluteFrom(from, place) }
  const urls = [url ?? []].flat().flatMap(parsed)
  const hosts = hostPatterns([host ?? []].flat(), [scheme ?? []].flat())
  return both([
    ...(path === undefined ? [] : [onText(value, (one) => judgePath([path].flat(), one, there))]),
    ...(url === undefined ? [] : [onText(value, (one) => judgeUrl(urls, one, place))]),
    ...(hosts.length === 0 ? [] : [onText(value, (one) => judgeUrl(hosts, one, place))]),
    ...(values.length === 0 ? [] : [judgeOneOf(values, value)]),
    ...(text === undefined ? [] : [either([text].flat().map((glob) => judgeText(glob, value)))]),
    ...(pattern === undefined ? [] : [judgePattern(pattern, value)]),
    ...(min === undefined && max === undefined ? [] : [judgeNumber({ min, max }, value)]),
    ...(minLength === undefined && maxLength === undefined
      ? []
      : [judgeLength({ minLength, maxLength }, value)]),
  ])
}

function onText(value: unknown, judge: (text: string) => WhereFit): WhereFit {
  return typeof value === 'string' ? judge(value) : unknown('it is no text')
}

function parsed(pattern: string): readonly UrlPattern[] {
  const one = parseUrlPattern(pattern)
  return one === undefined ? [] : [one]
}

function hostPatterns(hosts: readonly string[], schemes: readonly string[]): readonly UrlPattern[] {
  if (hosts.length === 0 && schemes.length === 0) return []
  const all = schemes.length === 0 ? ['http', 'https'] : schemes
  const either = hosts.length === 0 ? ['*:*'] : hosts
  return all.flatMap((scheme) => either.flatMap((host) => parsed(`${scheme}://${host}`)))
}

/** Itself relative to where the server works. */
function absoluteFrom(from: string, { base, home, platform }: ServerPlace): string | undefined {
  if (/^~(?:\/|$)/.test(from)) return home === undefined ? undefined : `${home}${from.slice(1)}`
  if (from.startsWith('/') || (platform === 'win32' && /^[a-z]:[/\\]/i.test(from))) return from
  return base === undefined ? undefined : `${base}/${from}`
}

function isDetailed(condition: Condition): condition is DetailedCondition {
  return condition !== null && typeof condition === 'object' && !Array.isArray(condition)
}
