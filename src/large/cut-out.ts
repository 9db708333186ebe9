/** Takes the long strings out of a line of JSON, decoded to bytes, and leaves a short one in the place of each. Pure. */
import { SHORT_ESCAPES } from '../json/escapes.ts'
import { Scratch } from '../json/scratch.ts'

export interface LongString {
  /** As it reads, a byte a character: all of it is ASCII. */
  readonly bytes: Uint8Array
}

export interface CutOut {
  /** With what stands in for the long strings: a sign, and which one it is. */
  readonly text: string
  readonly long: readonly LongString[]
  /** Where in the line something of the text stands that is in none of them. */
  inLine(at: number): number
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const BLANK = 0x20
const COLON = 0x3a
/** What the letter behind a backslash stands for; 0 for none, and for what has to be read by a parser. */
const ESCAPES = new Uint8Array(256)
// Others than JSON.stringify may write a slash so too.
for (const [character, letter] of [...SHORT_ESCAPES, ['/', '/'] as const])
  ESCAPES[letter.charCodeAt(0)] = character.charCodeAt(0)

const memory = new Scratch()

/**
 * The strings with more than so many bytes; their memory is that of the next ones too.
 *
 * @param line ASCII
 * @returns undefined where there is none, and where one is a name, or can't be read by this
 */
export function cutOut(line: Buffer, most: number, sign: string): CutOut | undefined {
  const { length } = line
  const decoded = memory.atLeast(length)
  const long: LongString[] = []
  /** Of each string that was taken out: where it ends in the text, and by how much the line is ahead from there on. */
  const ends: { readonly end: number; readonly ahead: number }[] = []
  let text = ''
  let [size, done] = [0, 0]
  for (let at = line.indexOf(QUOTE); at !== -1;) {
    const start = at + 1
    const { end, to } = decode(line, start, length, decoded, size)
    if (end === -1) return undefined
    if (end - start > most) {
      if (to === -1 || isName(line, end + 1, length)) return undefined
      text += `${line.toString('latin1', done, start)}${sign}${long.length}`
      ends.push({ end: text.length, ahead: end - text.length })
      long.push({ bytes: decoded.subarray(size, to) })
      done = end
      size = to
    }
    at = nextQuote(line, end + 1, length)
  }
  if (long.length === 0) return undefined
  text += line.toString('latin1', done, length)
  const inLine = (at: number): number => at + (ends.findLast(({ end }) => end <= at)?.ahead ?? 0)
  return { text, long, inLine }
}

/** Of the string that was decoded last: where its end stands in the line, -1 for none, and in what was decoded, -1 where it wasn't. */
const last = { end: -1, to: -1 }

function decode(
  line: Uint8Array,
  start: number,
  length: number,
  decoded: Uint8Array,
  size: number,
): typeof last {
  let to = size
  let isRead = true
  let at = start
  for (; at < length; at++) {
    let code = line[at] as number
    if (code === QUOTE) break
    if (code === BACKSLASH) {
      at += 1
      code = at < length ? (ESCAPES[line[at] as number] as number) : 0
      if (code === 0) isRead = false
    } else if (code < BLANK) isRead = false
    decoded[to++] = code
  }
  last.end = at < length ? at : -1
  last.to = isRead ? to : -1
  return last
}

function nextQuote(line: Uint8Array, from: number, length: number): number {
  let at = from
  while (at < length && line[at] !== QUOTE) at++
  return at < length ? at : -1
}

/** Whether a colon follows, behind blanks. */
function isName(line: Uint8Array, from: number, length: number): boolean {
  let at = from
  while (at < length && (line[at] as number) <= BLANK) at++
  return line[at] === COLON
}
