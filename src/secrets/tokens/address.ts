/**
 * Secrets in addresses: `user:password@`, a token in place of the user, a query whose name says so, `?access_token=…`.
 * Of a text with references only what was written counts: `postgres://app:${team:/db}@host` is as it should be, so
 * they are taken out before (`withoutReferences`).
 */
import { looksSecret } from '../words/names.ts'
import { parseTemplate } from '../reference.ts'
import { isPlaceholder } from './placeholder.ts'

export interface AddressSecret {
  /** Within the text. */
  readonly from: number
  readonly to: number
  readonly what: string
}

/** In the order of the text; as it stands there, so with its percent signs. What holds a NUL is none. */
export function secretsInAddresses(text: string): readonly AddressSecret[] {
  if (!text.includes('://')) return []
  return [...inUserInfo(text), ...inQueries(text)].toSorted((a, b) => a.from - b.from)
}

/** Up to the last @ before the path, as people who don't encode an @ in a password expect. */
const USER_INFO = /(?<=:\/\/)(?:[^\s/?#@"'`]{0,1024}@){1,8}/g

function* inUserInfo(text: string): Iterable<AddressSecret> {
  for (const { 0: match, index } of text.matchAll(USER_INFO)) {
    const colon = match.indexOf(':')
    const end = index + match.length - 1
    const found =
      colon === -1
        ? isRandom(match.slice(0, -1)) && secret(text, index, end, 'an address with a token')
        : secret(text, index + colon + 1, end, 'an address with a password')
    if (found) yield found
  }
}

/** A token stands where a user's name would; names are short, or have no digits. */
function isRandom(user: string): boolean {
  return user.length >= 20 && /\d/.test(user) && /[A-Za-z]/.test(user) && !/[.@]/.test(user)
}

function* inQueries(text: string): Iterable<AddressSecret> {
  for (const { 1: name = '', 2: value = '', index } of text.matchAll(QUERY)) {
    if (!looksSecret(name) && !/^(?:sig|signature|code)$|-signature$/i.test(name)) continue
    if (name === 'code' && !isRandom(value)) continue
    const from = index + name.length + 2
    const found = secret(text, from, from + value.length, 'an address with a secret in its query')
    if (found) yield found
  }
}

const QUERY = /[?&#]([\w.-]{1,64})=([^&#\s"'`]+)/g

function secret(text: string, from: number, to: number, what: string): AddressSecret | undefined {
  const value = text.slice(from, to)
  return value === '' || value.includes('\0') || isPlaceholder(value) ? undefined : { from, to, what }
}

/** Of the same length, each reference as so many NULs; empty when it is no template. */
export function withoutReferences(written: string): string {
  const parsed = parseTemplate(written)
  if (!parsed.ok) return ''
  let text = written
  for (const part of parsed.template.parts) {
    if (part.kind !== 'reference') continue
    const end = written.indexOf('}', part.offset) + 1
    text = text.slice(0, part.offset) + '\0'.repeat(end - part.offset) + text.slice(end)
  }
  return text
}
