/**
 * The forms of a value when its bytes are written in another alphabet, without separators: the skeletons
 * (skeleton.ts) of hex in groups, of `0x67, 0x68`, of a list of numbers, of wrapped base64. Where forms of
 * encodings.ts are exact, these are found whatever stands between their characters. Pure.
 */
import { Skeleton } from './skeleton.ts'
import type { Strength } from './strength.ts'

/** Shorter ones would be found in other values' bytes. */
const SHORTEST = 10

/** @param value without blanks at its ends */
export function disguisesOf(value: string, strength: Strength): readonly string[] {
  const text = value.toWellFormed()
  const utf8 = Buffer.from(text)
  const isAscii = utf8.length === text.length
  const written = [
    ...bytesWritten(utf8),
    ...(isAscii
      ? [words(utf8), words(utf8.subarray(1)), wide(text)]
      : bytesWritten(Buffer.from(text, 'latin1'))),
    ...(strength === 'exact' ? [] : [Array.from(text).toReversed().join('')]),
  ]
  const skeletons = written.map((each) => new Skeleton(each).text)
  return [...new Set(skeletons)].filter(({ length }) => length >= SHORTEST)
}

function bytesWritten(bytes: Buffer): string[] {
  const all = [...bytes]
  return [
    bytes.toString('hex'),
    all.join(''),
    all.map((byte) => byte.toString(8).padStart(3, '0')).join(''),
    ...[0, 1, 2].map((shift) => base64Inside(bytes, shift)),
    ...[0, 1, 2, 3, 4].map((shift) => base32Inside(bytes, shift)),
  ]
}

/** Of each character two bytes, the other one 0, as UTF-16 has it. */
function wide(text: string): string {
  return Buffer.from(text, 'utf16le').subarray(0, -1).toString('hex')
}

/** Two bytes a number, the second one first, as `od -x` and `hexdump` write it. */
function words(bytes: Buffer): string {
  return Buffer.from(bytes.subarray(0, bytes.length & ~1))
    .swap16()
    .toString('hex')
}

/** Those characters of base64 that hold bits of nothing else, when so many bytes stand before. */
function base64Inside(bytes: Buffer, shift: number): string {
  const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64')
  return text.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + bytes.length) * 8) / 6))
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

function base32Inside(bytes: Buffer, shift: number): string {
  let text = ''
  let bits = 0
  let held = 0
  for (const byte of Buffer.concat([Buffer.alloc(shift), bytes])) {
    held = ((held << 8) | byte) & 0xfff
    bits += 8
    for (; bits >= 5; bits -= 5) text += BASE32.charAt((held >>> (bits - 5)) & 31)
  }
  return text.slice(Math.ceil((shift * 8) / 5))
}
