/**
 * Canonical JSON (RFC 8785) and SHA-256 over it. Audit records, approvals and pins are all bound to a value by
 * this hash, so two values may share it only when they are the same JSON value.
 *
 * `JSON.stringify` writes numbers and strings exactly as RFC 8785 3.2.2 asks (quoted.ts does the same), which leaves the key order
 * (UTF-16 code units, RFC 8785 3.2.3), and two refusals: lone surrogates, which UTF-8 can't carry and which
 * would make different strings hash alike, and nesting beyond what a recursive writer survives.
 *
 * RFC 8785 knows no number but a double. One that a double can't keep is written with its digits, as it was sent, so
 * it never hashes like a number that it isn't; the same number written in two ways may hash as two.
 */
import { createHash, hash } from 'node:crypto'
import { holdsLong, quotedBytes } from './long-text.ts'
import { ExactNumber } from './number.ts'
import { quoted } from './quoted.ts'

/** A value as JSON.parse gives it. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json | undefined }

/** Deeper than any tool's arguments, far shallower than the stack. */
export const MAX_DEPTH = 256

/** @throws TypeError for what has no canonical form: non-finite numbers, lone surrogates, functions, depth over 256. */
export function canonicalJson(value: unknown): string {
  return write(value, 0)
}

/** SHA-256 over the UTF-8 bytes of the canonical JSON, as 64 lower-case hex digits. */
export function canonicalHash(value: unknown): string {
  return isLong(value) ? hashOfLong(value) : sha256(canonicalJson(value))
}

function isLong(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof ExactNumber) &&
    holdsLong(value)
  )
}

/** The same without making one text of it. */
function hashOfLong(value: Readonly<Record<string, unknown>>): string {
  const digest = createHash('sha256')
  let before = '{'
  for (const key of Object.keys(value).toSorted(byCodeUnit)) {
    const member = value[key]
    if (member === undefined) continue
    digest.update(`${before}${write(key, 1)}:`)
    digest.update((typeof member === 'string' ? quotedBytes(member) : undefined) ?? write(member, 1))
    before = ','
  }
  return digest.update(before === '{' ? '{}' : '}').digest('hex')
}

export function sha256(text: string | Uint8Array): string {
  return hash('sha256', text)
}

function write(value: unknown, depth: number): string {
  if (depth > MAX_DEPTH) throw new TypeError(`a value is nested deeper than ${MAX_DEPTH} levels`)
  switch (typeof value) {
    case 'string':
      if (!value.isWellFormed()) throw new TypeError('a string holds half of a surrogate pair')
      return quoted(value)
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError('a number is not finite')
      return String(value)
    case 'boolean':
      return value ? 'true' : 'false'
    case 'object':
      if (value === null) return 'null'
      if (value instanceof ExactNumber) return value.toString()
      if (Array.isArray(value)) return `[${value.map((item) => write(item, depth + 1)).join(',')}]`
      return writeObject(value as Record<string, unknown>, depth)
    default:
      throw new TypeError(`a ${typeof value} is not JSON`)
  }
}

function writeObject(value: Record<string, unknown>, depth: number): string {
  const members: string[] = []
  for (const key of Object.keys(value).toSorted(byCodeUnit)) {
    const member = value[key]
    if (member === undefined) continue
    members.push(`${write(key, depth + 1)}:${write(member, depth + 1)}`)
  }
  return `{${members.join(',')}}`
}

/** The order of RFC 8785, 3.2.3. */
export function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
