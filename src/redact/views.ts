/**
 * Other ways to read a text in which a secret may show: with JSON escapes undone (once and twice), with percent
 * escapes undone, with entities undone, and with line breaks taken out of what looks like wrapped base64 or hex.
 * A view knows which part of the original each of its characters came from, so that a hit in it is masked there.
 * A text that holds none of these has one view, itself.
 */

/** A reading of the original: `start` and `end` give the place in the original for a place in `text`. */
export interface View {
  readonly text: string
  start(at: number): number
  end(at: number): number
}

/** No unfinished token is longer. */
const LONGEST_TAIL = 64

interface Step {
  /** Where this character is missing there is nothing to undo. */
  readonly sign: RegExp
  readonly token: RegExp
  undo(token: string): string
  /** The beginning of a token at the end of a text that is still being written. */
  readonly unfinished: RegExp
}

const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }
const unescape: Step = {
  // The exact forms of encodings.ts cover what JSON.stringify writes, once and twice.
  sign: /\\u|\\\/|\\{4}/,
  token: /\\(?:u[0-9a-fA-F]{4}|["\\/bfnrt'])/g,
  undo: (token) =>
    token.length > 2
      ? String.fromCharCode(parseInt(token.slice(2), 16))
      : (ESCAPES[token.charAt(1)] ?? token.charAt(1)),
  unfinished: /\\(?:u[0-9a-fA-F]{0,3})?$/,
}

const percent: Step = {
  sign: /%/,
  token:
    /%(?:[0-7][0-9a-f]|[cd][0-9a-f]%[89ab][0-9a-f]|e[0-9a-f](?:%[89ab][0-9a-f]){2}|f[0-7](?:%[89ab][0-9a-f]){3})/gi,
  undo: (token) => Buffer.from(token.replaceAll('%', ''), 'hex').toString('utf8'),
  unfinished: /%(?:[0-9a-f]?|[c-f][0-9a-f](?:%[89ab][0-9a-f]){0,2}(?:%[89ab]?)?)$/i,
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
const entity: Step = {
  sign: /&/,
  token: /&(?:#\d{1,6}|#x[0-9a-f]{1,5}|amp|lt|gt|quot|apos);/gi,
  undo: (token) => {
    const name = token.slice(1, -1).toLowerCase()
    if (!name.startsWith('#')) return ENTITIES[name] ?? ''
    return String.fromCodePoint(name.startsWith('#x') ? parseInt(name.slice(2), 16) : Number(name.slice(1)))
  },
  unfinished: /&(?:#x?[0-9a-f]{0,6}|[a-z]{0,4})$/i,
}

/** A line break, real or escaped, behind at least 16 characters of base64 or hex, with what indents the next line. */
const unwrap: Step = {
  sign: /\n|\\n/,
  token:
    /(?:\r?\n|(?:\\{1,4}r)?\\{1,4}n)(?<=[A-Za-z0-9+/=_-]{16}(?:\r?\n|(?:\\{1,4}r)?\\{1,4}n))[ \t]{0,16}(?=[A-Za-z0-9+/=_-])/g,
  undo: () => '',
  unfinished: /(?<=[A-Za-z0-9+/=_-]{16})(?:\r\n?|\n|\\{1,4}(?:r(?:\\{1,4}n?)?|n)?)[ \t]{0,16}$/,
}

/** What is undone on what: a view of each, and of each below it. */
interface Tree {
  readonly step: Step
  readonly below: readonly Tree[]
}
const TREE: readonly Tree[] = [
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
const ANY_SIGN = /[\\%&\n]/

export function viewsOf(text: string): View[] {
  const views: View[] = [itself(text)]
  if (ANY_SIGN.test(text)) branch(views, itself(text), TREE, false)
  return views
}

/**
 * The views of a text that is not finished. Where the last token may still be growing it is left out, together
 * with all that follows; `end(view.text.length)` then tells where the view stops.
 */
export function unfinishedViewsOf(text: string): View[] {
  const views: View[] = [itself(text)]
  if (ANY_SIGN.test(text)) branch(views, itself(text), TREE, true)
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

function withoutTail(step: Step, view: View): View | undefined {
  const from = Math.max(0, view.text.length - LONGEST_TAIL)
  const tail = view.text.slice(from).search(step.unfinished)
  return tail < 0 ? undefined : { ...view, text: view.text.slice(0, from + tail) }
}

function itself(text: string): View {
  return { text, start: (at) => at, end: (at) => at }
}

/** Undefined when there is nothing to undo. */
function apply(step: Step, base: View): View | undefined {
  if (!step.sign.test(base.text)) return undefined
  // Four numbers a token: where it starts and ends in the view, and where in the base.
  const tokens: number[] = []
  let shrunk = 0
  const text = base.text.replace(step.token, (token: string, baseAt: number) => {
    const undone = step.undo(token)
    const at = baseAt - shrunk
    tokens.push(at, at + undone.length, baseAt, baseAt + token.length)
    shrunk += token.length - undone.length
    return undone
  })
  if (tokens.length === 0) return undefined
  return {
    text,
    start: (place) => base.start(baseStart(tokens, place)),
    end: (place) => base.end(baseEnd(tokens, place)),
  }
}

function baseStart(tokens: readonly number[], place: number): number {
  const [, to, baseAt, baseTo] = tokenAt(tokens, place)
  return place < to ? baseAt : baseTo + place - to
}

function baseEnd(tokens: readonly number[], place: number): number {
  if (place === 0) return 0
  const [, to, , baseTo] = tokenAt(tokens, place - 1)
  return place - 1 < to ? baseTo : baseStart(tokens, place - 1) + 1
}

/** The last token that starts at or before a place in the view; an empty one at 0 when there is none. */
function tokenAt(tokens: readonly number[], place: number): [number, number, number, number] {
  let low = 0
  let high = tokens.length / 4
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((tokens[middle * 4] ?? Infinity) <= place) low = middle + 1
    else high = middle
  }
  const [at = 0, to = 0, baseAt = 0, baseTo = 0] = low === 0 ? [] : tokens.slice(low * 4 - 4, low * 4)
  return [at, to, baseAt, baseTo]
}
