/**
 * Finds what a value holds in another encoding: base64 and hex of a text, both sides of Basic, a JWT's payload and
 * signature, a PEM and its body, escaped line breaks and percent signs.
 */
import { plainKind } from '../words/plainly.ts'
import { decodedPercent } from './addresses.ts'
import { jsonPieces } from './json.ts'
import { within, type SecretPiece } from './piece.ts'

const JWT = /(?<![\w-])[A-Za-z0-9_-]{8,}\.(?:[A-Za-z0-9_-]*\.){1,3}[A-Za-z0-9_-]{8,}/g

/** A token of several parts; the first says only how it was made. */
export function jwtPieces(text: string): readonly SecretPiece[] {
  return [...text.matchAll(JWT)].flatMap(([token]): SecretPiece[] => {
    const [header = '', ...rest] = token.split('.')
    if (!/^\s*\{/.test(textOf(Buffer.from(header, 'base64url')) ?? '')) return []
    const claims = jsonPieces(textOf(Buffer.from(rest[0] ?? '', 'base64url')) ?? '') ?? []
    return [
      ...rest.map((part): SecretPiece => ({ text: part, role: 'sealed' })),
      ...(token === text.trim() ? [] : [{ text: token, role: 'sealed' } as const]),
      // Who somebody is and what for is no secret, what chance made is.
      ...claims.map((claim) => within({ text: '', role: 'harmless' }, claim)),
    ]
  })
}

const PEM = /-----BEGIN ([A-Z0-9 ]{1,64})-----([^]{16,32768}?)-----END \1-----/g

/** Whatever stands around it: indented, in one line, or with its line breaks escaped. */
export function pemPieces(text: string): readonly SecretPiece[] {
  return [...text.matchAll(PEM)].flatMap(([whole, kind = '', inside = '']): SecretPiece[] => {
    if (plainKind(whole) === 'a certificate') return []
    const breaks = /[\n\r]|\\n/.test(inside.trim()) ? /(?:\\[rn]|\s*[\r\n])+\s*/ : /\s+/
    const all = inside.split(breaks).filter((line) => line !== '')
    // Headers say how it is encrypted.
    const lines = all.filter((line) => /^[A-Za-z0-9+/=]+$/.test(line))
    const body = lines.join('')
    const proper = `-----BEGIN ${kind}-----\n${all.join('\n')}\n-----END ${kind}-----\n`
    return [
      { text: body, role: 'secret' },
      ...lines.map((line): SecretPiece => ({ text: line, role: 'secret' })),
      { text: proper, role: 'secret' },
    ]
  })
}

export function withoutPems(text: string): string {
  return text.includes('-----BEGIN') ? text.replace(PEM, '') : text
}

/** Undefined when it is no text in base64 or hex. */
export function decodedPieces(text: string): readonly SecretPiece[] | undefined {
  const bare = text.replace(/\s+/g, '')
  const inside = /^(?:[0-9a-f]{2}){8,}$/i.test(bare)
    ? textOf(Buffer.from(bare, 'hex'))
    : /^[A-Za-z0-9+/_-]{10,}={0,2}$/.test(bare)
      ? textOf(Buffer.from(bare, 'base64'))
      : undefined
  if (inside === undefined) return undefined
  const pair = /^([^\s:/{["]{0,128}):(?!\/\/)([^\r\n]+)$/.exec(inside.trim())
  const basic: readonly SecretPiece[] =
    pair === null
      ? []
      : [
          { text: pair[1] ?? '', role: 'account' },
          { text: pair[2] ?? '', role: 'secret' },
        ]
  return [...basic, { text: inside, role: basic.length > 0 ? 'secret' : 'neutral' }]
}

const SASL = new RegExp(`[${String.fromCharCode(0, 1)}]`, 'g')

/** Undefined for bytes that are no text: with UTF-8 that is broken, or with characters that nobody writes. */
function textOf(bytes: Buffer): string | undefined {
  const utf8 = bytes.toString('utf8')
  // SASL parts what it sends by NUL and by SOH.
  const text = (utf8.includes('\uFFFD') ? bytes.toString('latin1') : utf8).replaceAll(SASL, '\n')
  const odd = text.replace(/[\t\n\r\x20-\x7e]/g, '')
  if (/\p{Cc}/u.test(odd)) return undefined
  return text.length >= 6 && odd.length * 5 <= text.length ? text : undefined
}

/** The same text with its escapes undone, where it has any. */
export function unescapedPieces(text: string): readonly string[] {
  const broken =
    /\\[nrt"]/.test(text) && !text.includes('\n')
      ? text.replace(/\\r/g, '').replace(/\\n/g, '\n').replace(/\\t/g, '\t').replace(/\\"/g, '"')
      : text
  const bare =
    /%[0-9a-f]{2}/i.test(text) && !text.includes('://') && !/\s/.test(text) ? decodedPercent(text) : text
  const form = /^[^\s=&]+=[^\s]*&[^\s]*$/.test(text) && text.includes('+') ? text.replaceAll('+', ' ') : text
  return [...new Set([broken, bare, form])].filter((other) => other !== text)
}
