/** Base64 in a text, decoded: its bytes, one a character, a line for each run of it, and nothing else. Pure. */
import type { Scratch } from '../../json/scratch.ts'
import { Reread, type TextView } from './view.ts'
import type { Units } from '../forms/units.ts'

/** Shorter runs hold no half of a value. */
const SHORTEST = 16
/** So much of a run says whether it is base64 of something: text has both cases then, as names of files haven't. */
const TRIAL = 64
const LINE_FEED = 10
/** What a character of base64, or of its form for addresses, stands for; OUTSIDE for any other. */
const OUTSIDE = 64
const SIXES = Uint8Array.from({ length: 256 }, (_, code) => {
  const character = String.fromCharCode(code)
  if (/[A-Z]/.test(character)) return code - 65
  if (/[a-z]/.test(character)) return code - 71
  if (/[0-9]/.test(character)) return code + 4
  return /[+-]/.test(character) ? 62 : /[/_]/.test(character) ? 63 : OUTSIDE
})

/** Of a character: OUTSIDE, or whether it is a capital letter, a small one, or another one of base64. */
const OTHER = 1
const UPPER = 2
const LOWER = 4
const KINDS = Uint8Array.from(SIXES, (six) =>
  six === OUTSIDE ? 0 : six < 26 ? UPPER : six < 52 ? LOWER : OTHER,
)
/** From so many characters on it pays to copy a text to bytes before it is known whether there is a run in it. */
const LONG = 1024
// eslint-disable-next-line no-control-regex -- all of Latin-1 is meant
const OTHER_SCRIPT = /[^\u0000-\u00ff]/g

/** Undefined when nothing looks like it. */
export function decodedBase64(base: TextView): TextView | undefined {
  const { text } = base
  const { length } = text
  if (length < LONG && !hasRun(text)) return undefined
  const decoded = decodedRuns(codesOf(text), length, undefined)
  if (decoded === undefined) return undefined
  return new Reread(decoded.bytes.toString('latin1', 0, decoded.size), base, (places) => {
    let done = 0
    decodedRuns(codesOf(text), length, undefined, (start, end, size) => {
      places.note(done, start - done, 1)
      places.note(start, end - start, size)
      done = end
    })
    places.note(done, length - done, 1)
  })
}

/**
 * The bytes of all runs, a line each, of the first so many characters; undefined without any.
 *
 * @param memory for them; new when there is none
 */
export function decodedRuns(
  codes: Uint8Array,
  length: number,
  memory: Scratch | undefined,
  note: (start: number, end: number, size: number) => void = () => undefined,
): { readonly bytes: Buffer; readonly size: number } | undefined {
  /** Made when it is needed; what is decoded is shorter than what it was, line feeds included. */
  let bytes: Buffer | undefined
  let size = 0
  let done = 0
  // Every run of that length has a character at one of these places.
  for (let at = SHORTEST - 1; at < length; at += SHORTEST) {
    let kinds = KINDS[codes[at] as number] as number
    if (kinds === 0) continue
    let start = at
    for (let kind = 1; start > done && (kind = KINDS[codes[start - 1] as number] as number) !== 0; start--)
      kinds |= kind
    let end = at + 1
    const trial = Math.min(length, start + TRIAL)
    for (let kind = 1; end < trial && (kind = KINDS[codes[end] as number] as number) !== 0; end++)
      kinds |= kind
    if (end === trial) while (end < length && KINDS[codes[end] as number] !== 0) end++
    if (end - start >= SHORTEST && (kinds & UPPER) !== 0 && (kinds & LOWER) !== 0) {
      bytes ??= memory?.atLeast(length + 2) ?? Buffer.allocUnsafe(length + 2)
      bytes[size] = LINE_FEED
      const next = decode(codes, start, end, bytes, size + 1)
      note(start, end, next - size - 1)
      size = next
      done = end
    }
    at = Math.max(at, end - (end % SHORTEST) - 1)
  }
  if (bytes === undefined) return undefined
  bytes[size] = LINE_FEED
  return { bytes, size: size + 1 }
}

/** Adds what decodedRuns has of a stretch of a short text, but for the line feed behind the last one. */
export function addDecoded(decoded: Units, { all }: Units, from: number, to: number): void {
  for (let at = from + SHORTEST - 1; at < to; at += SHORTEST) {
    let start = at + 1
    while (start > from && isOfBase64(all[start - 1] as number)) start--
    if (start > at) continue
    let end = at + 1
    while (end < to && isOfBase64(all[end] as number)) end++
    if (end - start >= SHORTEST && isTried(all, start, Math.min(end, start + TRIAL)))
      addRun(decoded, all, start, end)
    // Whatever starts behind it has one of its own.
    at = end
  }
}

/** False when there was nothing. */
export function endDecoded(decoded: Units): boolean {
  if (decoded.size === 0) return false
  decoded.all[decoded.size++] = LINE_FEED
  return true
}

function isOfBase64(code: number): boolean {
  return code < 256 && KINDS[code] !== 0
}

function isTried(all: Uint16Array, start: number, end: number): boolean {
  let kinds = 0
  for (let at = start; at < end; at++) kinds |= KINDS[all[at] as number] as number
  return (kinds & UPPER) !== 0 && (kinds & LOWER) !== 0
}

function addRun(decoded: Units, all: Uint16Array, start: number, end: number): void {
  const bytes = decoded.all
  let { size } = decoded
  let held = 0
  bytes[size++] = LINE_FEED
  for (let at = start; at < end; at++) {
    held = (held << 6) | (SIXES[all[at] as number] as number)
    // Of the four that three bytes are, the first one ends none.
    const bits = 6 - 2 * ((at - start) & 3)
    if (bits < 6) bytes[size++] = (held >> bits) & 0xff
  }
  decoded.size = size
}

/** Whether there is any run that is long enough. */
function hasRun(text: string): boolean {
  for (let at = SHORTEST - 1; at < text.length; at += SHORTEST) {
    let start = at + 1
    while (start > 0 && kindAt(text, start - 1) !== 0) start--
    let end = at + 1
    if (start < end) while (end < text.length && kindAt(text, end) !== 0) end++
    if (end - start >= SHORTEST) return true
  }
  return false
}

function kindAt(text: string, at: number): number {
  const code = text.charCodeAt(at)
  return code < 256 ? (KINDS[code] as number) : 0
}

/** A byte a character, which is faster to go through; a character of another script, which is none of base64, is a blank. */
function codesOf(text: string): Uint8Array {
  const isLatin = Buffer.byteLength(text) === text.length || text.search(OTHER_SCRIPT) === -1
  return Buffer.from(isLatin ? text : text.replaceAll(OTHER_SCRIPT, ' '), 'latin1')
}

/** Each line is all base64, e.g. a blob; they are read as one. */
export function decodedLines(base: TextView): TextView | undefined {
  const lines = base.text.match(/[^\n]+\n?|\n/g)
  if (lines === null) return undefined
  const decoded = lines.map((line) => Buffer.from(line, 'base64').toString('latin1'))
  return new Reread(decoded.join(''), base, (places) => {
    let at = 0
    for (const [index, line] of lines.entries()) {
      places.note(at, line.length, decoded[index]?.length ?? 0)
      at += line.length
    }
  })
}

/** What is left at the end as fewer than eight bits is nothing. @returns where the bytes end */
function decode(codes: Uint8Array, start: number, end: number, bytes: Uint8Array, from: number): number {
  let to = from
  let at = start
  for (; at + 3 < end; at += 4) {
    const held =
      (sixAt(codes, at) << 18) |
      (sixAt(codes, at + 1) << 12) |
      (sixAt(codes, at + 2) << 6) |
      sixAt(codes, at + 3)
    bytes[to] = held >> 16
    bytes[to + 1] = held >> 8
    bytes[to + 2] = held
    to += 3
  }
  if (end - at > 1) bytes[to++] = (sixAt(codes, at) << 2) | (sixAt(codes, at + 1) >> 4)
  if (end - at > 2) bytes[to++] = (sixAt(codes, at + 1) << 4) | (sixAt(codes, at + 2) >> 2)
  return to
}

function sixAt(codes: Uint8Array, at: number): number {
  return SIXES[codes[at] as number] as number
}
