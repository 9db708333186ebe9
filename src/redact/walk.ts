/**
 * Walks a JSON value for the redactor: every string, key and number is handed over as text, and the value comes
 * back with what was masked in its place, as the same object when nothing was.
 *
 * The strings of an array, and the `text` of its members (the blocks of an MCP result), are handed over together,
 * so that a secret split over them shows. Nothing here ever assigns to `__proto__`, and nothing throws.
 */
import { MAX_DEPTH } from '../canonical.ts'
import { ExactNumber } from '../json/number.ts'
import { RawJson } from '../json/write.ts'

/** Masks texts that belong together; gives the same array back when there was nothing to mask. */
type MaskPieces = (pieces: readonly string[]) => readonly string[]

const TOO_DEEP = '[redacted: nested too deeply to be checked]'

/** `masked` is what the walk itself knows of, beside what `mask` was asked for. */
export function walk(value: unknown, mask: MaskPieces): { value: unknown; masked: number } {
  const walker = new Walker(mask)
  return { value: walker.any(value, 0), masked: walker.tooDeep + walker.masked }
}

class Walker {
  readonly #mask: MaskPieces
  tooDeep = 0
  /** In what is JSON already (large/), where it was masked before. */
  masked = 0

  constructor(mask: MaskPieces) {
    this.#mask = mask
  }

  any(value: unknown, depth: number): unknown {
    if (typeof value === 'string') return this.#one(value)
    if (isNumber(value)) return this.#one(String(value)) === String(value) ? value : 0
    if (value instanceof RawJson) this.masked += value.masked
    if (value === null || typeof value !== 'object' || value instanceof RawJson) return value
    if (depth >= MAX_DEPTH) {
      this.tooDeep += 1
      return TOO_DEEP
    }
    return Array.isArray(value) ? this.#array(value, depth) : this.#object(value, depth)
  }

  #one(text: string): string {
    return text.length < 8 ? text : (this.#mask([text])[0] ?? '')
  }

  #array(values: readonly unknown[], depth: number): unknown {
    const pieces = piecesOf(values)
    const masked = pieces.length === 0 ? pieces : this.#mask(pieces)
    let next = 0
    let changed = false
    const copy = values.map((value) => {
      const piece = pieceOf(value) === undefined ? undefined : masked[next++]
      const after =
        piece === undefined || typeof value !== 'object' || value === null
          ? (piece ?? this.any(value, depth + 1))
          : this.#object(value, depth + 1, piece)
      changed ||= after !== value
      return after
    })
    return changed ? copy : values
  }

  /** `text` is what the member of that name has become, where an array has seen to it already. */
  #object(value: object, depth: number, text?: string): unknown {
    let changed = false
    const taken = new Set<string>()
    const counts = new Map<string, number>()
    const entries = Object.entries(value).map(([key, member]: [string, unknown]): [string, unknown] => {
      const newKey = this.#one(key)
      const after = key === 'text' && text !== undefined ? text : this.any(member, depth + 1)
      changed ||= newKey !== key || after !== member
      return [newKey, after]
    })
    if (!changed) return value
    const copy = {}
    for (const [key, member] of entries) {
      let name = key
      // Counted on from the last, because a child may send as many keys as it likes that are masked alike.
      for (let n = counts.get(key) ?? 2; taken.has(name); n++) {
        name = `${key}#${n}`
        counts.set(key, n + 1)
      }
      taken.add(name)
      Object.defineProperty(copy, name, {
        value: member,
        enumerable: true,
        writable: true,
        configurable: true,
      })
    }
    return copy
  }
}

/** A number's text is the one that it is sent with, be it kept by a double or not. */
function isNumber(value: unknown): value is number | ExactNumber {
  return typeof value === 'number' || value instanceof ExactNumber
}

/** An array's member as a piece of the text that the array as a whole may be. */
function pieceOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (value === null || typeof value !== 'object' || Array.isArray(value) || !Object.hasOwn(value, 'text')) {
    return undefined
  }
  const { text } = value as { text: unknown }
  return typeof text === 'string' ? text : undefined
}

function piecesOf(values: readonly unknown[]): readonly string[] {
  return values.map(pieceOf).filter((piece) => piece !== undefined)
}

/** Every text in a value, of any depth: strings, keys, numbers, and for each array its pieces put together. */
export function* textsOf(value: unknown): Generator<string> {
  const waiting: unknown[] = [value]
  while (waiting.length > 0) {
    const next = waiting.pop()
    if (typeof next === 'string') yield next
    else if (isNumber(next)) yield String(next)
    else if (Array.isArray(next)) {
      const pieces = piecesOf(next)
      if (pieces.length > 1) yield pieces.join('')
      for (const member of next as unknown[]) waiting.push(member)
    } else if (next !== null && typeof next === 'object') {
      for (const [key, member] of Object.entries(next)) {
        yield key
        waiting.push(member)
      }
    }
  }
}
