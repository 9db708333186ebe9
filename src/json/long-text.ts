/**
 * Writes long texts as JSON to bytes. What JSON.stringify makes of one is in many pieces, and to put them together, as
 * whoever uses it has to, takes ten times as long as to write it. Pure.
 */
import { SHORT_ESCAPES } from './escapes.ts'
import type { JsonObject } from './record.ts'
import { Scratch } from './scratch.ts'
import { RawJson } from './write.ts'

const LONG = 64 * 1024
const BACKSLASH = 0x5c
const QUOTE = 0x22
const BLANK = 0x20
/** By character: the letter behind the backslash where it is written so. */
const LETTERS = new Uint8Array(256)
for (const [character, letter] of SHORT_ESCAPES) LETTERS[character.charCodeAt(0)] = letter.charCodeAt(0)
const HEX = Buffer.from('0123456789abcdef')

const memory = { text: new Scratch(), quoted: new Scratch() }

/** Whether a member of an object is a long text; of deeper ones nothing is said. */
export function holdsLong(value: object): boolean {
  for (const name in value) {
    const member: unknown = Reflect.get(value, name)
    if (typeof member === 'string' && member.length >= LONG) return true
  }
  return false
}

/**
 * A long text that is all ASCII, in the words of JSON.stringify; undefined for any other. The next one overwrites it.
 */
export function quotedBytes(text: string): Buffer | undefined {
  const { length } = text
  if (length < LONG || Buffer.byteLength(text) !== length) return undefined
  const from = memory.text.atLeast(length)
  from.write(text, 0, 'latin1')
  const bytes = memory.quoted.atLeast(lengthOf(from, length) + 2)
  bytes[0] = QUOTE
  let size = 1
  for (let at = 0; at < length; at++) {
    const code = from[at] as number
    const letter = LETTERS[code] as number
    if (letter !== 0) {
      bytes[size++] = BACKSLASH
      bytes[size++] = letter
    } else if (code >= BLANK) bytes[size++] = code
    else {
      size += bytes.write('\\u00', size, 'latin1')
      bytes[size++] = HEX[code >> 4] as number
      bytes[size++] = HEX[code & 15] as number
    }
  }
  bytes[size++] = QUOTE
  return bytes.subarray(0, size)
}

function lengthOf(text: Uint8Array, length: number): number {
  let size = length
  for (let at = 0; at < length; at++) {
    const code = text[at] as number
    if (LETTERS[code] !== 0) size += 1
    else if (code < BLANK) size += 5
  }
  return size
}

/** An object that is written the same, with what is long in it written already; the same object when nothing is. */
export function withLongWritten(object: JsonObject): JsonObject {
  if (!holdsLong(object)) return object
  return Object.fromEntries(
    Object.entries(object).map(([name, member]) => {
      const bytes = typeof member === 'string' ? quotedBytes(member) : undefined
      return [name, bytes === undefined ? member : new RawJson([Buffer.from(bytes)])]
    }),
  )
}
