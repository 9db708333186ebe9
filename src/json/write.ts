/**
 * JSON.stringify with two things that it doesn't know: a number that no double keeps (number.ts) and a value that is
 * JSON already. A string stands in for each while JSON.stringify works; it begins with what was drawn at random for
 * this process and leaves it nowhere, so nobody else can write one.
 */
import { randomBytes } from 'node:crypto'
import { quoted } from './quoted.ts'
import { jsonTextOf } from './text.ts'

export const SIGN = `${randomBytes(16).toString('hex')}:`
const STAND_IN = new RegExp(`"${SIGN}([^"]*)"`)
const STAND_INS = new RegExp(STAND_IN, 'g')
const RAW = '#'

/** What stood in so far for the value that is being written; undefined while none is. */
let standing: { count: number; readonly raw: RawJson[] } | undefined

/** For `toJSON` of what is written as `text`, a number of JSON; undefined for anybody but the functions below. */
export function standIn(text: string): string | undefined {
  if (standing === undefined) return undefined
  standing.count += 1
  return SIGN + text
}

/** A value as JSON in UTF-8, which nobody on this side has to look into any more. */
export class RawJson {
  /** In order. */
  readonly pieces: readonly Uint8Array[]
  /** How many secrets are masked in it. */
  readonly masked: number

  constructor(pieces: readonly Uint8Array[], masked = 0) {
    this.pieces = pieces
    this.masked = masked
  }

  get text(): string {
    return Buffer.concat(this.pieces).toString()
  }

  /** Of an object, an array or a string by its first character. */
  get kind(): 'object' | 'array' | 'string' | 'other' {
    const first = String.fromCharCode(this.pieces[0]?.[0] ?? 0)
    return first === '{' ? 'object' : first === '[' ? 'array' : first === '"' ? 'string' : 'other'
  }

  toJSON(): unknown {
    const at = standing?.raw.push(this)
    return at === undefined ? (JSON.parse(this.text) as unknown) : standIn(RAW + (at - 1))
  }
}

/** The JSON of a value in pieces, in order; those that were JSON already are not copied. */
export function jsonParts(value: unknown, indent?: number): (string | Uint8Array)[] {
  return (indent === undefined ? knownParts(value) : undefined) ?? printedParts(value, indent)
}

/** Of a value that has a text, or a message with a member that has one (text.ts); undefined for any other. */
function knownParts(value: unknown): (string | Uint8Array)[] | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof RawJson)
    return undefined
  const own = jsonTextOf(value)
  if (own !== undefined) return [own]
  const members = Object.entries(value)
  if (!members.some(([, member]) => jsonTextOf(member) !== undefined)) return undefined
  const parts: (string | Uint8Array)[] = []
  let written = '{'
  for (const [key, member] of members) {
    if (member === undefined) continue
    written += `${parts.length === 0 && written === '{' ? '' : ','}${quoted(key)}:`
    for (const part of jsonParts(member)) {
      if (typeof part === 'string') written += part
      else {
        parts.push(written, part)
        written = ''
      }
    }
  }
  return [...parts, `${written}}`]
}

function printedParts(value: unknown, indent?: number): (string | Uint8Array)[] {
  const stood = { count: 0, raw: [] as RawJson[] }
  const outer = standing
  standing = stood
  let text: string
  try {
    text = JSON.stringify(value, undefined, indent) ?? 'null'
  } finally {
    standing = outer
  }
  if (stood.count === 0) return [text]
  if (stood.raw.length === 0) return [text.replaceAll(STAND_INS, '$1')]
  const parts: (string | Uint8Array)[] = []
  let written = ''
  for (const [at, piece] of text.split(STAND_IN).entries()) {
    if (at % 2 === 0 || !piece.startsWith(RAW)) written += piece
    else {
      parts.push(written, ...(stood.raw[Number(piece.slice(RAW.length))]?.pieces ?? []))
      written = ''
    }
  }
  parts.push(written)
  return parts
}

/** The JSON of a value, `null` where JSON.stringify gives none. */
export function writeJson(value: unknown, indent?: number): string {
  const [first = '', ...others] = jsonParts(value, indent)
  if (others.length === 0 && typeof first === 'string') return first
  return [first, ...others]
    .map((part) => (typeof part === 'string' ? part : Buffer.from(part).toString()))
    .join('')
}

/** Bytes of the JSON of a value in UTF-8. */
export function jsonBytes(value: unknown): number {
  let bytes = 0
  for (const part of jsonParts(value))
    bytes += typeof part === 'string' ? Buffer.byteLength(part) : part.length
  return bytes
}
