/**
 * Secrets inside a secret (promise 3): the key in a service account's JSON, the password in a database's address, each
 * token of a list. A server that was given the whole shows a part of it sooner than the whole, in an error or a
 * setting that it echoes.
 *
 * A value is read in every way that it can be (parts/), what comes out is read again, and each piece is judged by its
 * place and its looks: a host, a project's id or an account's e-mail address stays readable. What can't be told is
 * masked. Work is bounded, whatever a store hands out.
 */
import { isKnownDefault } from '../words/common-words.ts'
import { addressPieces } from './addresses.ts'
import { decodedPieces, jwtPieces, pemPieces, unescapedPieces, withoutPems } from './encoded.ts'
import { jsonPieces } from './json.ts'
import { fieldPieces, itemPieces } from './lists.ts'
import { pairsOf, quotedPairs } from './pairs.ts'
import { within, type SecretPiece, type Role } from './piece.ts'
import { isNaturalName, looksRandom, plainKind } from '../words/plainly.ts'
import { MIN_MASKABLE_LENGTH } from '../secret.ts'

/** More are not looked for; a list that long is no credential. */
export const MAX_PARTS = 256
const MAX_DEPTH = 8
/** UTF-16 units read in all, and of one piece. */
const MAX_WORK = 4_194_304
const LONGEST = 131_072
const MAX_PIECES = 8192

/** In no order that means anything, without the value itself, none twice. */
export function partsOf(value: string): readonly string[] {
  const found = new Set<string>()
  const seen = new Set<string>()
  let waiting: SecretPiece[] = [{ text: value, role: 'none' }]
  let work = 0
  for (let depth = 0; depth < MAX_DEPTH && waiting.length > 0; depth++) {
    const next: SecretPiece[] = []
    for (const piece of waiting) {
      const text = piece.text.trim()
      const key = `${piece.role} ${text}`
      if (text.length < MIN_MASKABLE_LENGTH || seen.has(key) || seen.size >= MAX_PIECES) continue
      seen.add(key)
      if (text !== value.trim() && isPart(text, piece.role)) {
        found.add(text)
        // A key is written with and without its last line break.
        if (piece.text.endsWith('\n')) found.add(`${text}\n`)
      }
      if (found.size >= MAX_PARTS) return [...found]
      work += text.length
      if (piece.role === 'sealed' || text.length > LONGEST || work > MAX_WORK) continue
      for (const inside of piecesOf(text, piece.role)) next.push(within(piece, inside))
    }
    waiting = next
  }
  return [...found]
}

function isPart(text: string, role: Role): boolean {
  if (role === 'none' || role === 'harmless') return false
  if (role === 'secret' || role === 'sealed')
    return !isKnownDefault(text) && plainKind(text) !== 'a certificate'
  if (role === 'chance') return looksRandom(text) && !isPlain(text)
  return !(role === 'named' && isNaturalName(text)) && !isPlain(text)
}

/** Also an address that carries nothing, and what says so only once it is decoded, such as a certificate. */
export function isPlain(text: string): boolean {
  if (plainKind(text) !== undefined || isKnownDefault(text)) return true
  if (/^[a-z][a-z0-9+.-]*:\/\/[^\s"'<>]+$/i.test(text)) return !carries(addressPieces(text))
  const inside = decodedPieces(text)
  return inside !== undefined && inside.every((piece) => plainKind(piece.text) !== undefined)
}

function carries(pieces: readonly SecretPiece[]): boolean {
  return pieces.some(
    ({ text, role }) => text.length > 0 && (role === 'secret' || (role === 'chance' && looksRandom(text))),
  )
}

function piecesOf(text: string, role: Role): readonly SecretPiece[] {
  const json = jsonPieces(text)
  if (json !== undefined) return json
  if (plainKind(text) !== undefined) return []
  const pems = pemPieces(text)
  const rest = withoutPems(text)
  const unescaped = unescapedPieces(rest).map((other): SecretPiece => ({ text: other, role }))
  const coded = decodedPieces(rest)
  if (coded !== undefined) return [...pems, ...coded]
  const lines = rest.split(/[\r\n]+/).filter((line) => line.trim() !== '')
  if (lines.length > 1) {
    return [...pems, ...quotedPairs(rest), ...lines.flatMap((line) => linePieces(line))]
  }
  const pairs = pairsOf(rest)
  return [
    ...pems,
    ...unescaped,
    ...jwtPieces(rest),
    ...addressPieces(rest),
    ...pairs.pieces,
    ...fieldPieces(rest),
    ...(pairs.several ? [] : itemPieces(rest)),
  ]
}

/** A token on a line of its own is a part; a setting isn't, but what it sets may be. */
function linePieces(line: string): readonly SecretPiece[] {
  const text = line.trim().replace(/^[-*]\s+/, '')
  if (/^(?:#|\/\/ |\[[\w. -]*\]$)/.test(text)) return []
  return [{ text, role: /[=:\s<>{}]/.test(text) ? 'none' : 'neutral' }]
}
