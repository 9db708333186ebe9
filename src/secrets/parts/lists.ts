/** Lists of secrets, and fields that a colon parts: `a,b;c`, `user:pw`, a line of `.pgpass`, `Bearer x`. */
import { looksRandom } from '../words/plainly.ts'
import { userRole, type SecretPiece } from './piece.ts'
import { splitOutsideQuotes, unquote } from './quotes.ts'

/** `Bearer x`, `Token x`; also behind the header's name. */
const HEADER =
  /^(?:[A-Za-z][\w-]{1,40}:\s*)?(Basic|Bearer|Token|ApiKey|Api-Key|Key|Digest|Negotiate|GoogleLogin|AWS|SharedAccessSignature|[A-Z][\w-]{1,24})\s+(\S[^]*)$/i
const PGPASS = /^(?:[^:\\]|\\.){0,255}:(?:\d{1,5}|\*):(?:[^:\\]|\\.){0,63}:((?:[^:\\]|\\.){0,63}):(.+)$/
const COLON = /^([^\s:@/=\\"'{}]{1,128}|[\w.+-]{1,64}@[\w.-]{1,128}(?=:[^/]*$)):([^\s:][^\s]*)$/

export function fieldPieces(line: string): readonly SecretPiece[] {
  const [, , password] = PGPASS.exec(line) ?? []
  if (password !== undefined) {
    return [password, password.replace(/\\(.)/g, '$1')].map((text) => ({ text, role: 'secret' }))
  }
  return [...headerPieces(line), ...colonPieces(line)]
}

function headerPieces(line: string): readonly SecretPiece[] {
  const [, scheme = '', rest = ''] = HEADER.exec(line) ?? []
  if (rest === '' || /\s/.test(rest)) return []
  const known = /^(?:Basic|Bearer|Token|ApiKey|Api-Key|Key|Digest|Negotiate|SharedAccessSignature)$/i.test(
    scheme,
  )
  return [{ text: rest, role: known ? 'secret' : 'chance' }]
}

function colonPieces(line: string): readonly SecretPiece[] {
  const [, left = '', right = ''] = COLON.exec(line) ?? []
  if (right === '' || right.startsWith('//')) return []
  return [
    { text: left, role: userRole(left) },
    { text: right, role: /:\/\/|@|^\d{1,5}[/?,]/.test(right) ? 'none' : 'neutral' },
  ]
}

/** The members of a list; an address has commas of its own. */
export function itemPieces(text: string): readonly SecretPiece[] {
  const line = text.replace(/^[[({]\s*|\s*[\])}][;,]?$/g, '')
  for (const sign of [/;/, /,/, /\|/]) {
    const all = splitOutsideQuotes(line, sign)
    if (all.length < 2) continue
    return all.flatMap((item) => {
      const isPair = /[=:]\s*\S/.test(item) || line.includes('://')
      return unquote(item).map((text): SecretPiece => ({
        text,
        role: isPair || /\s/.test(text) ? 'none' : 'neutral',
      }))
    })
  }
  const words = splitOutsideQuotes(line, /\s/)
  if (words.length < 2) return []
  // Words of a phrase are none; what chance made, or has a sign in it that words lack, may be one.
  return words.flatMap((word) =>
    unquote(word).map((text): SecretPiece => ({ text, role: isOdd(text) ? 'neutral' : 'none' })),
  )
}

function isOdd(word: string): boolean {
  return (
    !/=/.test(word) && (looksRandom(word) || (/[A-Za-z]/.test(word) && /\d/.test(word) && word.length >= 8))
  )
}
