/**
 * What is left of a text when everything is taken out that a reader overlooks or a writer may put in without changing
 * what is said: blanks, line breaks, invisible characters, marks, punctuation, the difference of upper and lower case.
 * Two texts with one skeleton say the same. Pure.
 *
 * A letter or digit is one byte: ASCII as lower case, another script's as a number from 128. `\n`, `\t` and their like
 * are blanks, as JSON writes them.
 */

/** Stands for what was left out of a text; no value has it, so nothing is found across it. */
export const BREAK = '\uffff'
const BREAK_BYTE = 1
const UNKNOWN = 255
const DROPPED = 0
const BACKSLASH = 92

/** By UTF-16 unit; filled as they are met. */
const FOLDED = new Uint8Array(0x10000).fill(UNKNOWN)
for (let code = 0; code < 128; code++) FOLDED[code] = foldAscii(code)
FOLDED[BREAK.charCodeAt(0)] = BREAK_BYTE
const BLANK_ESCAPES = new Set([...'nrtbf'].map((letter) => letter.charCodeAt(0)))

export class Skeleton {
  readonly #of: string
  readonly bytes: Uint8Array
  /** The same as Latin-1. */
  readonly text: string
  #places: Uint32Array | undefined

  constructor(of: string) {
    this.#of = of
    const bytes = new Uint8Array(of.length)
    this.bytes = bytes.subarray(0, fill(of, bytes))
    this.text = Buffer.from(bytes.buffer, 0, this.bytes.length).toString('latin1')
  }

  get length(): number {
    return this.bytes.length
  }

  /** Where in the text its characters stand. */
  get places(): Uint32Array {
    if (this.#places === undefined) {
      this.#places = new Uint32Array(this.bytes.length)
      fill(this.#of, new Uint8Array(this.#of.length), this.#places)
    }
    return this.#places
  }
}

/** Whether the character at a place of a text is in its skeleton; there is none outside. */
export function isCounted(text: string, at: number): boolean {
  if (at < 0 || at >= text.length) return false
  const folded = foldOf(text.charCodeAt(at))
  return folded !== DROPPED && folded !== BREAK_BYTE
}

function fill(text: string, bytes: Uint8Array, places?: Uint32Array): number {
  let size = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    let byte = FOLDED[code] ?? DROPPED
    if (byte === DROPPED) {
      if (code === BACKSLASH && BLANK_ESCAPES.has(text.charCodeAt(i + 1))) i += 1
      continue
    }
    if (byte === UNKNOWN) {
      byte = foldOf(code)
      if (byte === DROPPED) continue
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
