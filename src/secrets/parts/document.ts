/**
 * Values that are a text with secrets in it, rather than one secret: an address, a key file, a `.env`. The secrets are
 * parts of it (parts.ts); what stands around them is what many texts say, `kind: Config` or a host, and is no sign that
 * the value is there.
 */
import { addressPieces } from './addresses.ts'
import { withoutPems } from './encoded.ts'
import { jsonPieces } from './json.ts'
import { pairsOf, quotedPairs } from './pairs.ts'
import { isPlain } from './parts.ts'

/** @param parts of the value; without any the whole is the secret. */
export function isDocument(value: string, parts: readonly string[]): boolean {
  if (parts.length === 0) return false
  const text = withoutPems(value.trim())
  if (jsonPieces(text) !== undefined) return /^[[{]/.test(text)
  const lines = linesOf(text)
  if (lines.length > 1) return lines.some((line) => isSetting(line))
  return addressPieces(text).length > 0 || pairsOf(text).several
}

/** Whether a line says something of the secrets in a document; a line of any other value does. */
export function isTelling(line: string, parts: readonly string[]): boolean {
  const text = line.trim()
  if (parts.some((part) => text.includes(part) || part.includes(text))) return true
  return isSetting(text) ? pairsIn(text).some(({ role }) => role === 'secret') : !isPlain(text)
}

function isSetting(line: string): boolean {
  return (
    /^(?:[\s"'{}[\]<>,:;-]*|#.*|\/\/.*|\[[^\]]*\]|[\w."'-]+:|<\/?[\w:.-]+>|-\s.*)$/.test(line.trim()) ||
    pairsIn(line).length > 0
  )
}

function pairsIn(line: string): ReturnType<typeof quotedPairs> {
  return [...pairsOf(line).pieces, ...quotedPairs(line)]
}

function linesOf(text: string): readonly string[] {
  return text.split(/[\r\n]+/).filter((line) => line.trim() !== '')
}
