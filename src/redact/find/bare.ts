/**
 * Says of nearly every long text at once that nothing that is looked for stands in it, however it is read (views.ts). It
 * never says so of a text in which something would be found. No text is made for it: a text is copied to bytes, a
 * character each, in memory that is used again, and what is read in another way is made there too.
 *
 * It says nothing of a text in another script, or with tokens that stand for something else, such as escapes, entities
 * and markup. Of those that prose, logs and lists have, it reads base64, and lines that are wrapped.
 */
import { decodedRuns } from '../views/base64.ts'
import { isBlankEscape } from '../forms/skeleton.ts'
import { Scratch } from '../../json/scratch.ts'
import type { Form } from '../forms/encodings.ts'
import type { Scanner } from './scanner.ts'
import type { Sieve } from './sieve.ts'
import { mayBeOfDump, mayBeToken, mayBeWrappedInQuotes, TOKEN_BEGINS, wrapEnd, wrapStart } from './signs.ts'

/** Shorter ones are as fast as they are. */
const LONG = 4096
const LINE_FEED = 0x0a
const BACKSLASH = 0x5c
const BLANK = 0x20

/** Of the text, of it without wraps, and of the base64 in either. */
const memory = { text: new Scratch(), unwrapped: new Scratch(), once: new Scratch(), twice: new Scratch() }

export class Bare {
  readonly #exact: Pick<Scanner<Form>, 'mayFindIn'>
  readonly #sieve: Pick<Sieve, 'mayHoldLatin'>

  constructor(exact: Pick<Scanner<Form>, 'mayFindIn'>, sieve: Pick<Sieve, 'mayHoldLatin'>) {
    this.#exact = exact
    this.#sieve = sieve
  }

  /** @param pieces of the text, one behind the other. @returns false also where nothing can be said */
  isSure(pieces: readonly (string | Uint8Array)[]): boolean {
    let length = 0
    for (const piece of pieces) length += piece.length
    if (length < LONG) return false
    const bytes = memory.text.atLeast(length)
    let size = 0
    for (const piece of pieces) {
      if (typeof piece !== 'string') {
        bytes.set(piece, size)
        size += piece.length
      } else if (Buffer.byteLength(piece) === piece.length) size += bytes.write(piece, size, 'latin1')
      else return false
    }
    return this.#isSureOf(bytes, length)
  }

  #isSureOf(bytes: Buffer, length: number): boolean {
    const unwrapped = withoutWraps(bytes, length)
    if (unwrapped === undefined || !this.#isBare(bytes, length)) return false
    if (unwrapped === NO_WRAPS) return !this.#sieve.mayHoldLatin(withoutEscapes(bytes, length), length)
    // It has the same skeleton.
    return (
      this.#isBare(unwrapped.bytes, unwrapped.size) &&
      !this.#sieve.mayHoldLatin(withoutEscapes(bytes, length), length)
    )
  }

  /** Whether nothing stands there letter by letter, and nothing at all in its base64. */
  #isBare(bytes: Buffer, length: number): boolean {
    if (this.#exact.mayFindIn(bytes, length)) return false
    const once = decodedRuns(bytes, length, memory.once)
    if (once === undefined) return true
    const twice = decodedRuns(once.bytes, once.size, memory.twice)
    return (
      this.#isBareOf(once.bytes, once.size) &&
      (twice === undefined || this.#isBareOf(twice.bytes, twice.size))
    )
  }

  #isBareOf(bytes: Buffer, length: number): boolean {
    return (
      !this.#exact.mayFindIn(bytes, length) &&
      !this.#sieve.mayHoldLatin(withoutEscapes(bytes, length), length)
    )
  }
}

const NO_WRAPS = { bytes: Buffer.alloc(0), size: 0 }

/**
 * The text as it is read where base64 or hex is wrapped in it; NO_WRAPS where none is. Undefined where anything else
 * stands in it that may be read in another way.
 */
function withoutWraps(bytes: Buffer, length: number): { bytes: Buffer; size: number } | undefined {
  let unwrapped: Buffer | undefined
  let [size, done] = [0, 0]
  for (let at = 0; at < length; at++) {
    const code = bytes[at] as number
    if (TOKEN_BEGINS[code] === 0) continue
    if (code !== LINE_FEED) {
      if (mayBeToken(bytes, at, length) || (code === BACKSLASH && mayBeWrappedInQuotes(bytes, at, length)))
        return undefined
      continue
    }
    if (mayBeOfDump(bytes, at, length)) return undefined
    const start = wrapStart(bytes, at)
    const end = start === -1 ? -1 : wrapEnd(bytes, at, length)
    if (end === -1) continue
    unwrapped ??= memory.unwrapped.atLeast(length)
    size += bytes.copy(unwrapped, size, done, start)
    done = end
  }
  if (unwrapped === undefined) return NO_WRAPS
  size += bytes.copy(unwrapped, size, done, length)
  return { bytes: unwrapped, size }
}

/** In place: without the letters of what a skeleton takes for blanks. */
function withoutEscapes(bytes: Buffer, length: number): Buffer {
  const text = bytes.subarray(0, length)
  for (let at = text.indexOf(BACKSLASH); at !== -1; at = text.indexOf(BACKSLASH, at + 1))
    if (at + 1 < length && isBlankEscape(text[at + 1] as number)) text[at + 1] = BLANK
  return bytes
}
