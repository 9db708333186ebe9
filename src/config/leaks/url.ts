/**
 * Whether an address carries a secret: `user:password@`, or a query whose name says so, `?access_token=…`. Of a text
 * with references only what was written counts: `postgres://app:${team:/db}@host` is as it should be.
 */
import { looksSecret } from '../../secrets/names.ts'
import { parseTemplate } from '../../secrets/reference.ts'

export interface UrlSecret {
  /** Within the text. */
  readonly from: number
  readonly to: number
  readonly what: string
}

/** What people write where a value belongs. */
const STANDS_FOR_ONE = /^(<.*>|\{.*\}|\*+|x{3,}|\.{3,}|…)$/i

export function secretInUrl(written: string): UrlSecret | undefined {
  const text = withoutReferences(written)
  if (text === undefined) return undefined
  for (let at = text.indexOf('://'); at !== -1; at = text.indexOf('://', at + 3)) {
    const found = inUserInfo(text, at + 3)
    if (found !== undefined) return found
  }
  return inQueries(text)
}

function inUserInfo(text: string, start: number): UrlSecret | undefined {
  const user = /[^\s/?#:@"'`]*:/y
  user.lastIndex = start
  const [before] = user.exec(text) ?? []
  if (before === undefined) return undefined
  const rest = /[^\s/?#"'`]*@/y
  rest.lastIndex = start + before.length
  const [password] = rest.exec(text) ?? []
  if (password === undefined) return undefined
  return secret(text, rest.lastIndex - password.length, rest.lastIndex - 1, 'an address with a password')
}

/** Of all addresses in one pass, so that a text full of them is read once. */
function inQueries(text: string): UrlSecret | undefined {
  for (const { 1: name = '', 2: value = '', index } of text.matchAll(QUERY)) {
    if (!looksSecret(name)) continue
    const from = index + name.length + 2
    const found = secret(text, from, from + value.length, 'an address with a secret in its query')
    if (found !== undefined) return found
  }
  return undefined
}

const QUERY = /[?&#]([\w.-]{1,64})=([^&#\s"'`]+)/g

function secret(text: string, from: number, to: number, what: string): UrlSecret | undefined {
  const value = text.slice(from, to)
  if (value === '' || value.includes('\0') || STANDS_FOR_ONE.test(value)) return undefined
  return { from, to, what }
}

/** Of the same length, each reference as so many NULs; undefined when it is no template. */
function withoutReferences(written: string): string | undefined {
  if (!written.includes('://')) return undefined
  const parsed = parseTemplate(written)
  if (!parsed.ok) return undefined
  let text = written
  for (const part of parsed.template.parts) {
    if (part.kind !== 'reference') continue
    const end = written.indexOf('}', part.offset) + 1
    text = text.slice(0, part.offset) + '\0'.repeat(end - part.offset) + text.slice(end)
  }
  return text
}
