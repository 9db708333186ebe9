/**
 * Other ways to read a text in which a secret may show: with JSON escapes undone (once and twice), with percent
 * escapes undone, with entities undone, and with line breaks taken out of what looks like wrapped base64 or hex; and
 * without markup, with the escapes of programs and of mail undone, the columns of a dump taken apart, base64 decoded
 * (once and twice). A text that holds none of these has one view, itself.
 */
import { decoded } from './base64.ts'
import { dumps, markup, prefixes, programs, quotedPrintable } from './more-steps.ts'
import { entity, percent, unescape, unwrap } from './steps.ts'
import { apply, itself, type Step, type View } from './view.ts'

/** What is undone on what: a view of each, and of each below it. */
interface Tree {
  readonly step: Step
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

const BARE: Tree = { step: markup, below: [] }
const ALL: readonly Tree[] = [
  { step: unwrap, below: [] },
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
  ...dumps.map((step) => ({ step, below: [] })),
]

export function viewsOf(text: string): View[] {
  const views: View[] = [itself(text)]
  branch(views, itself(text), ALL, false)
  return [...views, ...views.flatMap(inBase64)]
}

/** What was undone may be base64, and what that holds again. */
function inBase64(view: View): View[] {
  const once = decoded(view)
  const twice = once && decoded(once)
  return [once, twice].filter((each) => each !== undefined)
}

export function readingsOf(text: string): View[] {
  const views: View[] = [itself(text)]
  if (READING_SIGN.test(text)) branch(views, itself(text), READINGS, false)
  return views
}

/**
 * The readings of a text that is not finished. Where the last token may still be growing it is left out, together
 * with all that follows; `end(view.text.length)` then tells where the view stops.
 */
export function unfinishedViewsOf(text: string): View[] {
  const views: View[] = [itself(text)]
  if (READING_SIGN.test(text)) branch(views, itself(text), READINGS, true)
  return views
}

function branch(views: View[], base: View, tree: readonly Tree[], unfinished: boolean): void {
  for (const { step, below } of tree) {
    const cut = unfinished ? withoutTail(step, base) : undefined
    const view = apply(step, cut ?? base) ?? cut
    if (!view) continue
    views.push(view)
    branch(views, view, below, unfinished)
  }
}

function withoutTail({ unfinished }: Step, view: View): View | undefined {
  if (unfinished === undefined) return undefined
  const from = Math.max(0, view.text.length - LONGEST_TAIL)
  const tail = view.text.slice(from).search(unfinished)
  return tail < 0 ? undefined : { ...view, text: view.text.slice(0, from + tail) }
}
