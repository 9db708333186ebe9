/**
 * Says of nearly every short text, in one pass over it, that nothing would be found in it in whatever way it is read
 * (search.ts), so that neither views nor a string have to be made. It never says so of a text in which something would
 * be found; where it takes more to find out, it lets the text through.
 *
 * A text that has nothing to undo (signs.ts) is read as it is and, where there is base64 in it, decoded once and
 * twice. In each of these the exact forms are looked for (scanner.ts), and what the sieve looks for (sieve.ts).
 */
import type { Form } from '../forms/encodings.ts'
import { Units } from '../forms/units.ts'
import { MOST_TOGETHER, type ShortMessage } from '../message/short-message.ts'
import { addDecoded, endDecoded } from '../views/base64.ts'
import type { Scanner } from './scanner.ts'
import { mayBeginDump, mayBeSign, TOKEN_BEGINS } from './signs.ts'
import { numberOf, Sieve } from './sieve.ts'

/**
 * What has to be known of a unit, in one number: its number in the sieve, which is 0 where that drops it, and what it
 * isn't, so that one number can say what no unit of a text is. It is 0 for a unit that wasn't met yet.
 */
const NUMBER = 31
const NO_SIGN = 32
const NO_ZERO = 64
const NO_X = 128
const NO_CAPITAL = 256
const NO_SMALL = 512
const NO_BACKSLASH = 1024
const MET = 2048
const BACKSLASH = 0x5c
const ZERO = 0x30
const X = 0x78
/** By unit; filled as they are met. */
const TRAITS = new Uint16Array(0x10000)
/** What a pass says beside: the sieve knows four characters that follow each other. */
const FOUR = 1

/** Made of base64 once, and twice; that is shorter than it was. */
const ONCE = new Units(MOST_TOGETHER)
const TWICE = new Units(MOST_TOGETHER)

/** It may stand where a leaf ends and another one begins, since it has of what is between them. */
const AT_LINE = /^\n| \n| $/

export class Prefilter {
  readonly #exact: Scanner<Form>
  readonly #sieve: Sieve
  readonly #isAtLines: boolean

  /** @param forms those that are looked for exactly */
  constructor(exact: Scanner<Form>, forms: Iterable<Form>, sieve: Sieve) {
    this.#exact = exact
    this.#sieve = sieve
    this.#isAtLines = [...forms].some(({ text }) => AT_LINE.test(text))
  }

  /** Whether anything may be found in what joins.ts makes of a message. */
  mayHold(message: ShortMessage): boolean {
    const { edges, bytes } = message
    return (
      this.#mayHoldLeaves(message) ||
      (edges.size > 0 && this.#mayHoldEdges(message)) ||
      (bytes.size > 0 && this.#mayStandIn(bytes, this.#pass(bytes)))
    )
  }

  /**
   * Whether it may be in the leaves, a line each: of what is between them nothing is in the skeleton, so they are gone
   * through without it.
   */
  #mayHoldLeaves(message: ShortMessage): boolean {
    const { leaves } = message
    const found = this.#pass(leaves)
    if ((found & NO_SIGN) === 0 && hasSign(message.lines)) return true
    if (hasPrefix(found, leaves) || hasDump(message)) return true
    if (this.#exact.mayFindInUnits(this.#isAtLines ? message.lines : leaves)) return true
    if (this.#mayHoldFours(found, leaves, message)) return true
    return mayBeBase64(found) && decodeLeaves(message) && this.#mayHoldDecoded(ONCE)
  }

  #mayHoldEdges({ edges }: ShortMessage): boolean {
    const found = this.#pass(edges)
    if (((found & NO_SIGN) === 0 && hasSign(edges)) || hasPrefix(found, edges)) return true
    if (this.#mayStandIn(edges, found)) return true
    return mayBeBase64(found) && decode(edges, ONCE) && this.#mayHoldDecoded(ONCE)
  }

  #mayHoldDecoded(once: Units): boolean {
    const found = this.#pass(once)
    if (this.#mayStandIn(once, found)) return true
    return mayBeBase64(found) && decode(once, TWICE) && this.#mayStandIn(TWICE, this.#pass(TWICE))
  }

  #mayStandIn(text: Units, found: number): boolean {
    return this.#exact.mayFindInUnits(text) || this.#mayHoldFours(found, text)
  }

  /**
   * The letter of a blank that is escaped is dropped too, so it takes more to see whether there are four.
   *
   * @param whole the same with what is between leaves, which tells whose letter it is
   */
  #mayHoldFours(found: number, text: Units, whole: { readonly lines: Units } = { lines: text }): boolean {
    if ((found & NO_BACKSLASH) === 0) return this.#sieve.mayHold(whole.lines.text)
    return (found & FOUR) !== 0 && this.#sieve.mayHoldUnits(text)
  }

  #pass(text: Units): number {
    const found = pass(text, this.#sieve.table)
    if ((found & MET) !== 0) return found
    meet(text)
    return pass(text, this.#sieve.table)
  }
}

/**
 * What none of the units is, and FOUR where the sieve knows four of them. The loop stands alone, asks of a unit nothing
 * but whether it is dropped, and has all that it needs at hand: anything more takes half as long again.
 */
function pass({ all, size }: Units, table: Int32Array): number {
  const { bits, mask } = Sieve
  const known = TRAITS
  let none = -1
  let four = 0
  let fours = 0
  for (let at = 0; at < size; at++) {
    const traits = known[all[at] as number] as number
    none &= traits
    const number = traits & NUMBER
    if (number === 0) continue
    four = ((four << bits) | number) & mask
    fours |= (table[four >>> 5] as number) >>> four
  }
  return (none & ~NUMBER) | (fours & FOUR)
}

function meet({ all, size }: Units): void {
  for (let at = 0; at < size; at++) {
    const unit = all[at] as number
    if (TRAITS[unit] === 0) TRAITS[unit] = traitsOf(unit)
  }
}

function traitsOf(unit: number): number {
  const character = String.fromCharCode(unit)
  const isX = /x/i.test(character)
  return (
    MET |
    numberOf(unit) |
    (TOKEN_BEGINS[unit] === 1 && !isX ? 0 : NO_SIGN) |
    (unit === ZERO ? 0 : NO_ZERO) |
    (isX ? 0 : NO_X) |
    (/[A-Z]/.test(character) ? 0 : NO_CAPITAL) |
    (/[a-z]/.test(character) ? 0 : NO_SMALL) |
    (unit === BACKSLASH ? 0 : NO_BACKSLASH)
  )
}

function hasSign(text: Units): boolean {
  const { all, size } = text
  for (let at = nextSign(text, 0); at < size; at = nextSign(text, at + 1))
    if (mayBeSign(all, at, size)) return true
  return false
}

function nextSign({ all, size }: Units, from: number): number {
  let at = from
  while (at < size && ((TRAITS[all[at] as number] as number) & NO_SIGN) !== 0) at += 1
  return at
}

/** Whether `0x` stands in it, which begins with what has a number in the sieve. */
function hasPrefix(none: number, { all, size }: Units): boolean {
  if ((none & (NO_ZERO | NO_X)) !== 0) return false
  for (let at = 1; at < size; at++)
    if (((all[at] as number) | 0x20) === X && all[at - 1] === ZERO) return true
  return false
}

function hasDump({ leaves: { all }, starts, count }: ShortMessage): boolean {
  for (let at = 1; at < count; at++)
    if (mayBeginDump(all, starts[at] as number, starts[at + 1] as number)) return true
  return false
}

function mayBeBase64(none: number): boolean {
  return (none & (NO_CAPITAL | NO_SMALL)) === 0
}

function decode(text: Units, decoded: Units): boolean {
  decoded.size = 0
  addDecoded(decoded, text, 0, text.size)
  return endDecoded(decoded)
}

function decodeLeaves({ leaves, starts, count }: ShortMessage): boolean {
  ONCE.size = 0
  for (let at = 0; at < count; at++) addDecoded(ONCE, leaves, starts[at] as number, starts[at + 1] as number)
  return endDecoded(ONCE)
}
