/**
 * Puts masked texts in the place of the leaves (leaves.ts) of a JSON value: what didn't change stays the same object.
 * Nothing here ever assigns to `__proto__`, and nothing throws.
 */
import { MAX_DEPTH } from '../../json/canonical.ts'
import { isInner, isNumber, leavesOf, type Leaf } from './leaves.ts'

/** Gives the same array back when there was nothing to mask. */
type MaskLeaves = (leaves: readonly Leaf[]) => readonly string[] | undefined

const TOO_DEEP = '[redacted: nested too deeply to be checked]'

/** `masked` is what the walk itself knows of, beside what `mask` was asked for. */
export function walkMessage(value: unknown, mask: MaskLeaves): { value: unknown; masked: number } {
  const { all, tooDeep, masked } = leavesOf(value, MAX_DEPTH)
  const texts = mask(all)
  return {
    value: texts === undefined && tooDeep === 0 ? value : new Walker(texts).any(value, 0),
    masked: tooDeep + masked,
  }
}

class Walker {
  /** Undefined when they stay what they are. */
  readonly #texts: readonly string[] | undefined
  #next = 0

  constructor(texts: readonly string[] | undefined) {
    this.#texts = texts
  }

  any(value: unknown, depth: number): unknown {
    if (typeof value === 'string') return this.#leaf(value)
    if (isNumber(value)) {
      const text = String(value)
      return this.#leaf(text) === text ? value : 0
    }
    if (!isInner(value)) return value
    if (depth >= MAX_DEPTH) return TOO_DEEP
    return Array.isArray(value) ? this.#array(value, depth) : this.#object(value, depth)
  }

  #leaf(text: string): string {
    return this.#texts === undefined ? text : (this.#texts[this.#next++] ?? '')
  }

  #array(values: readonly unknown[], depth: number): unknown {
    let changed = false
    const copy = values.map((value) => {
      const after = this.any(value, depth + 1)
      changed ||= after !== value
      return after
    })
    return changed ? copy : values
  }

  #object(value: object, depth: number): unknown {
    let changed = false
    const entries = Object.entries(value).map(([key, member]: [string, unknown]): [string, unknown] => {
      const newKey = this.#leaf(key)
      const after = this.any(member, depth + 1)
      changed ||= newKey !== key || after !== member
      return [newKey, after]
    })
    return changed ? objectOf(entries) : value
  }
}

/** Keys that are masked alike are told apart by a number. */
function objectOf(entries: readonly [string, unknown][]): object {
  const taken = new Set<string>()
  const counts = new Map<string, number>()
  const copy = {}
  for (const [key, member] of entries) {
    let name = key
    // Counted on from the last, because a child may send as many keys as it likes that are masked alike.
    for (let n = counts.get(key) ?? 2; taken.has(name); n++) {
      name = `${key}#${n}`
      counts.set(key, n + 1)
    }
    taken.add(name)
    Object.defineProperty(copy, name, { value: member, enumerable: true, writable: true, configurable: true })
  }
  return copy
}
