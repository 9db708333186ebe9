/** The strings inside a JSON value, each with what its own name says; those of a list with what the list's says. */
import { ExactNumber } from '../../json/number.ts'
import { parseJson } from '../../json/parse.ts'
import { looksRandom } from '../words/plainly.ts'
import { roleOf, type SecretPiece, type Role } from './piece.ts'

const MAX_DEPTH = 64

/** Undefined when it isn't JSON; a lone number or word is none. */
export function jsonPieces(text: string): readonly SecretPiece[] | undefined {
  if (!/^\s*[[{"]/.test(text)) return undefined
  let value: unknown
  try {
    value = parseJson(text)
  } catch {
    return undefined
  }
  const pieces: SecretPiece[] = []
  collect(value, 'neutral', 0, pieces)
  return pieces
}

function collect(value: unknown, role: Role, depth: number, pieces: SecretPiece[]): void {
  if (typeof value === 'string') pieces.push({ text: value, role })
  else if (typeof value === 'number' || value instanceof ExactNumber) {
    if (role === 'secret') pieces.push({ text: String(value), role })
  } else if (value !== null && typeof value === 'object' && depth < MAX_DEPTH) {
    if (Array.isArray(value)) {
      for (const item of value) collect(item, role, depth + 1, pieces)
      return
    }
    for (const [name, member] of Object.entries(value)) {
      // A table by token: the name itself is the secret.
      if (looksRandom(name)) pieces.push({ text: name, role: 'chance' })
      collect(member, roleOf(name), depth + 1, pieces)
    }
  }
}
