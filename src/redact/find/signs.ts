/**
 * Says of a place in a text, of which each character is a byte or a UTF-16 unit, whether something may stand there that
 * a view (views/views.ts) would read in another way. It may say so of too much, never of too little. Pure.
 */

/** In memory of its own. */
type Codes = Uint8Array | Uint16Array

const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const TAB = 0x09
const BLANK = 0x20
const ZERO = 0x30
const BACKSLASH = 0x5c

/** Of what a character may be: 0 for nothing of what is asked here. */
const HEX = 1
const LETTER = 2
/** Of base64 or hex, as it is wrapped. */
const OF_WRAPPED = 4
const DIGIT = 8
/** Behind `<` where it begins a tag, and behind a backslash where it stands for something rare. */
const OF_MARKUP = 16
const OF_ESCAPE = 32
const KINDS = Uint8Array.from({ length: 256 }, (_, code) => {
  const character = String.fromCharCode(code)
  const ifIs = (pattern: RegExp, kind: number): number => (pattern.test(character) ? kind : 0)
  return (
    ifIs(/[0-9a-f]/i, HEX) |
    ifIs(/[a-z]/i, LETTER) |
    ifIs(/[\w+/=-]/, OF_WRAPPED) |
    ifIs(/\d/, DIGIT) |
    ifIs(/[a-z!/?]/i, OF_MARKUP) |
    ifIs(/[uUxe/\d]/, OF_ESCAPE)
  )
})

/** By character: 1 where a token may begin with it, or end a prefix of two characters, and for a line feed. */
export const TOKEN_BEGINS = Uint8Array.from({ length: 256 }, (_, code) =>
  // eslint-disable-next-line no-control-regex -- that is what is looked for
  Number(/[\n\\%&<=xX+\u001b\u009b]/.test(String.fromCharCode(code))),
)

function is(text: Codes, at: number, kinds: number): boolean {
  return ((KINDS[text[at] ?? 0] as number) & kinds) !== 0
}

/** Whether anything but wrapped lines and dumps may begin with this character, or with this and the one before it. */
export function mayBeToken(text: Codes, at: number, length: number): boolean {
  switch (text[at]) {
    case BACKSLASH:
      return mayBeEscape(text, at, length)
    case 0x25:
      return at + 2 < length && is(text, at + 1, HEX) && is(text, at + 2, HEX)
    case 0x26:
      return mayBeEntity(text, at, length)
    case 0x3c:
      return at + 1 < length && is(text, at + 1, OF_MARKUP)
    case 0x3d:
      return mayBeOfMail(text, at, length)
    case 0x78:
    case 0x58:
      return text[at - 1] === ZERO
    case 0x2b:
      return ((text[at - 1] ?? 0) | 0x20) === 0x75
    default:
      return true
  }
}

const LONGEST_ENTITY = 33

/** An escape that isn't one of JSON for a quote, a backslash or a blank. */
function mayBeEscape(text: Codes, at: number, length: number): boolean {
  if (at + 1 >= length) return false
  const next = text[at + 1] as number
  if (next === BACKSLASH) return text[at + 2] === BACKSLASH && at + 2 < length
  return is(text, at + 1, OF_ESCAPE)
}

function mayBeEntity(text: Codes, at: number, length: number): boolean {
  let end = at + 1
  if (text[end] === 0x23) end += 1
  while (end < length && end - at < LONGEST_ENTITY + 1 && is(text, end, LETTER | DIGIT)) end += 1
  return end < length && end > at + 1 && text[end] === 0x3b
}

function mayBeOfMail(text: Codes, at: number, length: number): boolean {
  if (at + 2 < length && is(text, at + 1, HEX) && is(text, at + 2, HEX)) return true
  const end = behindBlanks(text, at + 1, length)
  return end < length && (text[end] === LINE_FEED || text[end] === CARRIAGE_RETURN)
}

function isBlank(code: number | undefined): boolean {
  return code === BLANK || code === TAB
}

function behindBlanks(text: Codes, at: number, length: number): number {
  let end = at
  while (end < length && isBlank(text[end])) end += 1
  return end
}

/** Shortest run before a line break that looks wrapped, and most blanks behind it. */
const WRAPPED = 16

/** Whether this backslash may begin a line break, written as an escape, in what is wrapped. */
export function mayBeWrappedInQuotes(text: Codes, at: number, length: number): boolean {
  const next = at + 1 < length ? text[at + 1] : undefined
  return (next === BACKSLASH || next === 0x6e || next === 0x72) && isBehindRun(text, at)
}

function isBehindRun(text: Codes, at: number): boolean {
  if (at < WRAPPED) return false
  for (let i = at - 1; i >= at - WRAPPED; i--) if (!is(text, i, OF_WRAPPED)) return false
  return true
}

/** Where a line break begins that ends in a line feed here, behind what looks wrapped; -1 where it doesn't. */
export function wrapStart(text: Codes, at: number): number {
  const start = text[at - 1] === CARRIAGE_RETURN ? at - 1 : at
  return isBehindRun(text, start) ? start : -1
}

/** Where the next line goes on, behind what indents it; -1 where it is none of what is wrapped. */
export function wrapEnd(text: Codes, at: number, length: number): number {
  const end = behindBlanks(text, at + 1, Math.min(length, at + 1 + WRAPPED))
  return end < length && is(text, end, OF_WRAPPED) ? end : -1
}

/** Whether a line of a dump may begin behind this line feed: with hex, and a blank behind it. */
export function mayBeOfDump(text: Codes, at: number, length: number): boolean {
  const start = behindBlanks(text, at + 1, length)
  let end = start
  if (text[end] === ZERO && ((text[end + 1] ?? 0) | 0x20) === 0x78) end += 2
  const digits = end
  while (end < length && is(text, end, HEX)) end += 1
  const size = end - digits
  const isPlace = text[end] === 0x3a || text[end] === 0x2e
  if (size < (isPlace ? 4 : 2)) return false
  if (isPlace) end += 1
  if (end >= length || !isBlank(text[end])) return false
  const next = behindBlanks(text, end, length)
  return next - end > 1 || (next + 1 < length && is(text, next, HEX) && is(text, next + 1, HEX))
}

/** Whether it may begin where a leaf does, and go on to where the leaf ends, or to the blank that is put behind it. */
export function mayBeginDump(text: Codes, start: number, end: number): boolean {
  if (mayBeOfDump(text, start - 1, end)) return true
  return end > start && isBlank(text[end - 1]) && (isBlank(text[start]) || is(text, start, HEX))
}

/** Whether anything may begin in a text here. */
export function mayBeSign(text: Codes, at: number, length: number): boolean {
  const code = text[at]
  if (code === LINE_FEED)
    return mayBeOfDump(text, at, length) || (wrapStart(text, at) !== -1 && wrapEnd(text, at, length) !== -1)
  return mayBeToken(text, at, length) || (code === BACKSLASH && mayBeWrappedInQuotes(text, at, length))
}
