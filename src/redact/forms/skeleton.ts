/**
 * What is left of a text when everything is taken out that a reader overlooks or a writer may put in without changing
 * what is said: blanks, line breaks, invisible characters, marks, punctuation, the difference of upper and lower case.
 * Two texts with one skeleton say the same. Pure.
 *
 * A letter or digit is one byte: ASCII as lower case, another script's as a number from 128. `\n`, `\t` and their like
 * are blanks, as JSON writes them.
 */

const UNKNOWN = 255
const DROPPED = 0
const BACKSLASH = 92

/** By UTF-16 unit; filled as they are met. */
const FOLDED = new Uint8Array(0x10000).fill(UNKNOWN)
for (let code = 0; code < 128; code++) FOLDED[code] = foldAscii(code)
const BLANK_ESCAPES = new Set(Array.from('nrtbf', (letter) => letter.charCodeAt(0)))

export class Skeleton {
  readonly #of: string
  readonly bytes: Uint8Array
  /** The same as Latin-1. */
  readonly text: string
  #places: Uint32Array | undefined

  constructor(of: string) {
    this.#of = of
    // From Node's pool, which spares small texts most of their cost.
    const bytes = Buffer.allocUnsafe(of.length)
    const size = fill(of, bytes)
    this.bytes = bytes.subarray(0, size)
    this.text = bytes.toString('latin1', 0, size)
  }

  get length(): number {
    return this.bytes.length
  }

  /** Where in the text its characters stand. */
  get places(): Uint32Array {
    if (this.#places === undefined) {
      this.#places = new Uint32Array(this.bytes.length)
      fill(this.#of, Buffer.allocUnsafe(this.#of.length), this.#places)
    }
    return this.#places
  }
}

/** Whether the character at a place of a text is in its skeleton; there is none outside. */
export function isCounted(text: string, at: number): boolean {
  if (at < 0 || at >= text.length) return false
  return foldOf(text.charCodeAt(at)) !== DROPPED
}

/** Bytes are by far the fastest to go through, and most texts are one byte a character. */
function fill(text: string, bytes: Uint8Array, places?: Uint32Array): number {
  const isLatin = Buffer.byteLength(text) === text.length || !OTHER_SCRIPT.test(text)
  if (!isLatin) return fillAny(text, bytes, places)
  const latin = Buffer.from(text, 'latin1')
  return places === undefined && !text.includes('\\') ? fold(latin, bytes) : fillLatin(latin, bytes, places)
}

// eslint-disable-next-line no-control-regex -- all of Latin-1 is meant
const OTHER_SCRIPT = /[^\u0000-\u00ff]/

/** The inner loop, without all that is rarely needed. */
function fold(text: Uint8Array, bytes: Uint8Array): number {
  const table = LATIN
  const length = text.length
  let size = 0
  for (let i = 0; i < length; i++) {
    const byte = table[text[i] as number] as number
    if (byte === DROPPED) continue
    bytes[size++] = byte
  }
  return size
}

function fillLatin(text: Uint8Array, bytes: Uint8Array, places?: Uint32Array): number {
  const table = LATIN
  const length = text.length
  let size = 0
  for (let i = 0; i < length; i++) {
    const code = text[i] as number
    const byte = table[code] as number
    if (byte === DROPPED) {
      if (code === BACKSLASH && BLANK_ESCAPES.has(text[i + 1] ?? 0)) i += 1
      continue
    }
    if (places !== undefined) places[size] = i
    bytes[size++] = byte
  }
  return size
}

function fillAny(text: string, bytes: Uint8Array, places?: Uint32Array): number {
  let size = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    const byte = foldOf(code)
    if (byte === DROPPED) {
      if (code === BACKSLASH && BLANK_ESCAPES.has(text.charCodeAt(i + 1))) i += 1
      continue
    }
    if (places !== undefined) places[size] = i
    bytes[size++] = byte
  }
  return size
}

function foldOf(code: number): number {
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

/** The first of them again, all known. */
const LATIN = Uint8Array.from({ length: 256 }, (_, code) => foldOf(code))
