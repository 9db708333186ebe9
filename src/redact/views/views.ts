/**
 * Other ways to read a text in which a secret may show: with JSON escapes undone (once and twice), with percent
 * escapes undone, with entities undone, and with line breaks taken out of what looks like wrapped base64 or hex; and
 * without markup, with the escapes of programs and of mail undone, the columns of a dump taken apart, base64 decoded
 * (once and twice). Where a text holds several of them there is a view with all of them undone, too, since they may
 * stand in one value. A text that holds none of these has one view, itself.
 */
import { decodedBase64 } from './base64.ts'
import { dumps, isOfDump, markup, prefixes, programs, quotedPrintable } from './more-steps.ts'
import { entity, isWrapped, percent, unescape, unwrap } from './steps.ts'
import { apply, hasSignAt, itself, type ViewStep, type TextView } from './view.ts'

/** What is undone on what: a view of each, and of each below it. */
interface Tree {
  readonly step: ViewStep
  readonly below: readonly Tree[]
}

/** No unfinished token is longer. */
const LONGEST_TAIL = 64

/** What encoders write, found exactly also in a text that is still being written. */
const READINGS: readonly Tree[] = [
  { step: unwrap, below: [] },
  {
    step: unescape,
    below: [
      { step: unescape, below: [] },
      { step: unwrap, below: [] },
    ],
  },
  {
    step: percent,
    below: [
      { step: unescape, below: [] },
      { step: percent, below: [] },
    ],
  },
  { step: entity, below: [] },
]
const READING_SIGN = /[\\%&\n]/

const DUMPS: readonly Tree[] = dumps.map((step) => ({ step, below: [] }))
const WRAPPED: readonly Tree[] = [{ step: unwrap, below: [] }]
const BARE: Tree = { step: markup, below: [] }
const ALL: readonly Tree[] = [
  ...WRAPPED,
  {
    step: unescape,
    below: [{ step: unescape, below: [BARE] }, { step: unwrap, below: [] }, BARE],
  },
  {
    step: percent,
    below: [
      { step: unescape, below: [] },
      { step: percent, below: [] },
    ],
  },
  { step: entity, below: [BARE] },
  BARE,
  { step: programs, below: [BARE] },
  { step: quotedPrintable, below: [] },
  { step: prefixes, below: [] },
]

/** What can stand between the characters of a value, in an order in which one may uncover the next. */
const TOGETHER: readonly ViewStep[] = [quotedPrintable, programs, unescape, percent, entity, markup]

/** Without any of these there is nothing to undo but what is done with lines. */
// eslint-disable-next-line no-control-regex -- that is what is looked for
const SIGN = /[\\%&<=\u001b\u009b]|0[xX]|[uU]\+/
/** The same, to be searched for one by one: in a long text that takes a tenth of the time. */
const SIGNS = ['\\', '%', '&', '<', '=', '\u001b', '\u009b']
const LONG = 1024

function hasSign(text: string): boolean {
  if (text.length < LONG) return SIGN.test(text)
  return (
    SIGNS.some((sign) => text.includes(sign)) ||
    hasSignAt(text, 'x', isBehindZero) ||
    hasSignAt(text, 'X', isBehindZero) ||
    hasSignAt(text, '+', isBehindU)
  )
}

function isBehindZero(text: string, at: number): boolean {
  return text.charCodeAt(at - 1) === 0x30
}

function isBehindU(text: string, at: number): boolean {
  return (text.charCodeAt(at - 1) | 0x20) === 0x75
}

export function viewsOf(text: string): TextView[] {
  const base = itself(text)
  const views = [base]
  const lines = linesOf(text)
  let first: Map<ViewStep, TextView> | undefined
  if (hasSign(text)) first = undo(ALL, base, views)
  else if (lines.areWrapped) undo(WRAPPED, base, views)
  if (lines.areOfDump) undo(DUMPS, base, views)
  const all = first && allUndone(first)
  if (all !== undefined) views.push(all)
  const { length } = views
  for (let at = 0; at < length; at += 1) addBase64(views, views[at] as TextView)
  return views
}

interface Lines {
  readonly areWrapped: boolean
  readonly areOfDump: boolean
}

const PLAIN: Lines = { areWrapped: false, areOfDump: false }

/** What can be told by its line breaks, of which a message has many: each of its texts is a line. */
function linesOf(text: string): Lines {
  let areWrapped = false
  let areOfDump = false
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) {
    if (!areWrapped && isWrapped(text, at)) areWrapped = true
    if (!areOfDump && isOfDump(text, at)) areOfDump = true
    if (areWrapped && areOfDump) break
  }
  return areWrapped || areOfDump ? { areWrapped, areOfDump } : PLAIN
}

/** Adds a view of each step that undoes something, and those below it. @returns them by their step, if any */
function undo(
  steps: readonly Tree[],
  base: TextView,
  views: TextView[],
): Map<ViewStep, TextView> | undefined {
  let first: Map<ViewStep, TextView> | undefined
  for (const { step, below } of steps) {
    const view = apply(step, base)
    if (view === undefined) continue
    first = (first ?? new Map<ViewStep, TextView>()).set(step, view)
    views.push(view)
    branch(views, view, below, false)
  }
  return first
}

/** @param first the views of the text with one kind undone. Undefined where there is one kind of them at most */
function allUndone(first: ReadonlyMap<ViewStep, TextView>): TextView | undefined {
  let view: TextView | undefined
  let kinds = 0
  for (const step of TOGETHER) {
    const next = view === undefined ? first.get(step) : apply(step, view)
    if (next === undefined) continue
    view = next
    kinds += 1
  }
  return kinds < 2 ? undefined : view
}

/** What was undone may be base64, and what that holds again. */
function addBase64(views: TextView[], view: TextView): void {
  const once = decodedBase64(view)
  if (once === undefined) return
  views.push(once)
  const twice = decodedBase64(once)
  if (twice !== undefined) views.push(twice)
}

export function textReadings(text: string): TextView[] {
  const views: TextView[] = [itself(text)]
  if (READING_SIGN.test(text)) branch(views, itself(text), READINGS, false)
  return views
}

/**
 * The readings of a text that is not finished. Where the last token may still be growing it is left out, together
 * with all that follows; `end(view.text.length)` then tells where the view stops.
 */
export function unfinishedViewsOf(text: string): TextView[] {
  const views: TextView[] = [itself(text)]
  if (READING_SIGN.test(text)) branch(views, itself(text), READINGS, true)
  return views
}

function branch(views: TextView[], base: TextView, tree: readonly Tree[], unfinished: boolean): void {
  for (const { step, below } of tree) {
    const cut = unfinished ? withoutTail(step, base) : undefined
    const view = apply(step, cut ?? base) ?? cut
    if (!view) continue
    views.push(view)
    branch(views, view, below, unfinished)
  }
}

function withoutTail({ unfinished }: ViewStep, view: TextView): TextView | undefined {
  if (unfinished === undefined) return undefined
  const from = Math.max(0, view.text.length - LONGEST_TAIL)
  const tail = view.text.slice(from).search(unfinished)
  if (tail < 0) return undefined
  return {
    text: view.text.slice(0, from + tail),
    start: (at) => view.start(at),
    end: (at) => view.end(at),
  }
}
