/**
 * Looks over a JSON text once, without parsing it, for what has to be known of it before and after it is parsed: how
 * deeply it is nested, which numbers in it may come out of JSON.parse as others, where its outermost members stand, and
 * how many members it has in all. It takes a tenth to a third of the time of JSON.parse, and nearly none for long strings. Pure.
 *
 * What it says of a text that is no JSON is of no use, but it always ends, and a text that is nested too deeply is
 * always called so.
 */

export interface OuterMember {
  /** As it is written, between its quotes. */
  readonly name: string
  /** Where its value stands, with the blanks around it. */
  readonly start: number
  readonly end: number
}

export interface JsonSurvey {
  /** Levels of arrays and objects. */
  readonly depth: number
  /** Of all objects in it. One that is given twice counts twice. */
  readonly members: number
  /** Of the outermost object. */
  readonly outer: readonly OuterMember[]
  /** Where numbers stand that JSON.stringify may write in another way: the start and the end of each, one after the other. */
  readonly numbers: readonly number[]
  /** There is a line break between its tokens; none can stand within one. */
  readonly hasBreaks: boolean
}

const QUOTE = 0x22
const COMMA = 0x2c
const MINUS = 0x2d
const POINT = 0x2e
const ZERO = 0x30
const NINE = 0x39
const COLON = 0x3a
const BACKSLASH = 0x5c
const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d

/** A double keeps every number that has fewer characters and no exponent, but for -0. */
const LONG_NUMBER = 16
/** From here on, JSON.stringify writes an exponent. */
const SMALL = '0.000000'
/** Of a string so much is gone through by hand; beyond it, a search is cheaper. */
const SHORT_STRING = 24

/** @param wantsOuter whether `outer` is wanted; else it is empty */
export function surveyOf(text: string, wantsOuter = true): JsonSurvey {
  const { length } = text
  const outer: OuterMember[] = []
  const numbers: number[] = []
  let depth = 0
  let deepest = 0
  let members = 0
  let hasBreaks = false
  /** The last string on the outermost level that is no value, and where the value of its member starts. */
  let from = 0
  let to = 0
  let start = -1
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) {
      const end = closingQuote(text, at + 1)
      if (end === -1) break
      if (depth === 1 && start === -1) {
        from = at + 1
        to = end
      }
      at = end
    } else if (code === COLON) {
      members += 1
      if (depth === 1) start = at + 1
    } else if (code === COMMA) {
      if (depth !== 1 || start === -1) continue
      if (wantsOuter) outer.push({ name: text.slice(from, to), start, end: at })
      start = -1
    } else if (code === 0x7b || code === 0x5b) {
      depth += 1
      if (depth > deepest) deepest = depth
    } else if (code === 0x7d || code === 0x5d) {
      if (wantsOuter && depth === 1 && start !== -1)
        outer.push({ name: text.slice(from, to), start, end: at })
      if (depth === 1) start = -1
      depth -= 1
    } else if (code <= NINE && (code >= ZERO || code === MINUS)) {
      const end = numberEnd(text, at)
      if (mayBeRespelled(text, at, end)) numbers.push(at, end)
      at = end - 1
    } else if (code === LINE_FEED || code === CARRIAGE_RETURN) {
      hasBreaks = true
    }
  }
  return { depth: deepest, members, outer, numbers, hasBreaks }
}

/** Index of the quote that ends the string of which the inside begins at `start`, or -1. */
function closingQuote(text: string, start: number): number {
  const stop = Math.min(text.length, start + SHORT_STRING)
  let at = start
  for (; at < stop; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) return at
    if (code === BACKSLASH) break
  }
  for (at = text.indexOf('"', at); at !== -1; at = text.indexOf('"', at + 1)) {
    let slashes = 0
    while (at - 1 - slashes >= start && text.charCodeAt(at - 1 - slashes) === BACKSLASH) slashes += 1
    if (slashes % 2 === 0) return at
  }
  return -1
}

function numberEnd(text: string, start: number): number {
  let end = start + 1
  while (isOfNumber(text.charCodeAt(end))) end += 1
  return end
}

/** `NaN`, behind the end of the text, is none. */
function isOfNumber(code: number): boolean {
  return (code >= ZERO && code <= NINE) || code === POINT || isSign(code) || isExponent(code)
}

function isSign(code: number): boolean {
  return code === MINUS || code === 0x2b
}

function isExponent(code: number): boolean {
  return (code | 0x20) === 0x65
}

/** Whether JSON.stringify may write it in another way; it always writes others as they are. */
function mayBeRespelled(text: string, start: number, end: number): boolean {
  if (end - start >= LONG_NUMBER) return true
  let isFraction = false
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at)
    if (isExponent(code)) return true
    if (code === POINT) isFraction = true
  }
  const first = text.charCodeAt(start) === MINUS ? start + 1 : start
  if (!isFraction) return first > start && text.charCodeAt(first) === ZERO
  return text.charCodeAt(end - 1) === ZERO || text.startsWith(SMALL, first)
}
