/**
 * Makes the skeleton of a text: the text without everything that a reader overlooks or a writer can add without
 * changing the meaning. That is blanks, line breaks, invisible characters, marks, punctuation, and the difference
 * between upper and lower case. Two texts with the same skeleton say the same. Pure.
 *
 * A letter or digit is one byte: ASCII as lower case, another script's as a number from 128. `\n`, `\t` and their like
 * are blanks, as JSON writes them.
 */
import { Scratch } from '../../json/scratch.ts'

const UNKNOWN = 255
const DROPPED = 0
const BACKSLASH = 92
const BLANK = 32

/** By UTF-16 unit; filled as they are met. */
const FOLDED = new Uint8Array(0x10000).fill(UNKNOWN)
for (let code = 0; code < 256; code++) FOLDED[code] = code < 128 ? foldAscii(code) : foldOther(code)

export class Skeleton {
  readonly #of: string
  /** A byte a character, as Latin-1. */
  readonly text: string
  #places: Uint32Array | undefined

  constructor(of: string) {
    this.#of = of
    const bytes = folded.atLeast(of.length)
    this.text = bytes.toString('latin1', 0, fill(of, bytes))
  }

  get length(): number {
    return this.text.length
  }

  /** Where in the text its characters stand. */
  get places(): Uint32Array {
    if (this.#places === undefined) {
      this.#places = new Uint32Array(this.text.length)
      fill(this.#of, folded.atLeast(this.#of.length), this.#places)
    }
    return this.#places
  }
}

const folded = new Scratch()
const latin = new Scratch()

/** Whether the character at a place of a text is in its skeleton; there is none outside. */
export function isCounted(text: string, at: number): boolean {
  if (at < 0 || at >= text.length) return false
  return foldOf(text.charCodeAt(at)) !== DROPPED
}

/** From so many characters on, it pays to copy a text to bytes first, which are faster to go through. */
const LONG = 1024

/**
 * A long text as Latin-1 without the letters of `\\n` and the like, in memory that the next call uses again; undefined
 * for a short text, and for another script. Loops that go over it have nothing to skip, which makes them twice as fast.
 */
export function latinOf(text: string): Uint8Array | undefined {
  if (text.length < LONG || !isLatin(text)) return undefined
  const copy = latin.atLeast(text.length)
  copy.write(text, 0, 'latin1')
  for (let at = text.indexOf('\\'); at !== -1; at = text.indexOf('\\', at + 1))
    if (isBlankEscape(text.charCodeAt(at + 1))) copy[at + 1] = BLANK
  return copy
}

function fill(text: string, bytes: Uint8Array, places?: Uint32Array): number {
  const copy = latinOf(text)
  return copy === undefined ? fillAny(text, bytes, places) : fillLatin(copy, text.length, bytes, places)
}

// eslint-disable-next-line no-control-regex -- all of Latin-1 is meant
const OTHER_SCRIPT = /[^\u0000-\u00ff]/

function isLatin(text: string): boolean {
  return Buffer.byteLength(text) === text.length || !OTHER_SCRIPT.test(text)
}

function fillLatin(text: Uint8Array, length: number, bytes: Uint8Array, places?: Uint32Array): number {
  const table = FOLDED
  let size = 0
  for (let i = 0; i < length; i++) {
    const byte = table[text[i] as number] as number
    if (byte === DROPPED) continue
    if (places !== undefined) places[size] = i
    bytes[size++] = byte
  }
  return size
}

function fillAny(text: string, bytes: Uint8Array, places?: Uint32Array): number {
  const { length } = text
  let size = 0
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i)
    const byte = foldOf(code)
    if (byte === DROPPED) {
      if (code === BACKSLASH && isBlankEscape(text.charCodeAt(i + 1))) i += 1
      continue
    }
    if (places !== undefined) places[size] = i
    bytes[size++] = byte
  }
  return size
}

/** Of `\n`, `\r`, `\t`, `\b` and `\f` the letter. */
export function isBlankEscape(code: number): boolean {
  return code === 0x6e || code === 0x72 || code === 0x74 || code === 0x62 || code === 0x66
}

/** What a skeleton has for a UTF-16 unit; 0 where it leaves it out. */
export function foldOf(code: number): number {
  const known = FOLDED[code] ?? DROPPED
  if (known !== UNKNOWN) return known
  const folded = foldOther(code)
  FOLDED[code] = folded
  return folded
}

function foldAscii(code: number): number {
  if ((code >= 48 && code <= 57) || (code >= 97 && code <= 122)) return code
  return code >= 65 && code <= 90 ? code + 32 : DROPPED
}

/** Full-width letters and letters with a mark are what they are without; halves of pairs, e.g. emoji, are dropped. */
function foldOther(code: number): number {
  if (code >= 0xd800 && code <= 0xdfff) return DROPPED
  const first = String.fromCharCode(code).normalize('NFKD').charCodeAt(0)
  if (first < 128) return foldAscii(first)
  const lower = String.fromCharCode(first).toLowerCase()
  return /^[\p{L}\p{N}]/u.test(lower) ? 128 + (lower.charCodeAt(0) % 127) : DROPPED
}
