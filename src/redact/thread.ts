/**
 * Masks what one server says in many messages, such as the progress of a call or its log: each message is masked
 * together with the last ones (promise 3). Of these a little is remembered, in memory only. What has left can't be
 * called back, so the beginning of a value at the end of a message is masked at once.
 */
import type { Leaf } from './message/leaves.ts'
import { OF_PROTOCOL, usesOf } from './message/names.ts'
import { walkMessage } from './message/walk.ts'

/** UTF-16 units remembered, and strings. */
const MEMORY = 4096
const MAX_LEAVES = 256

/** Masks leaves, without the first so many, which were said before; undefined when there is nothing to mask. */
export type MaskAfter = (
  leaves: readonly Leaf[],
  first: number,
) => { readonly texts: readonly string[]; readonly hits: number } | undefined

export class Thread {
  readonly #mask: MaskAfter
  #before: readonly Leaf[] = []

  constructor(mask: MaskAfter) {
    this.#mask = mask
  }

  maskJson<T>(value: T): { value: T; hits: number } {
    let hits = 0
    const masked = walkMessage(value, (leaves) => {
      const result = this.#take(leaves)
      hits += result?.hits ?? 0
      return result?.texts
    })
    return { value: masked.value as T, hits: hits + masked.masked }
  }

  maskText(text: string): string {
    return this.#take([{ kind: 'string', text, name: '' }])?.texts[0] ?? text
  }

  #take(leaves: readonly Leaf[]): ReturnType<MaskAfter> {
    const together = [...this.#before, ...leaves]
    const result = this.#mask(together, this.#before.length)
    this.#before = lastOf(together)
    return result
  }
}

/** What comes with every message is remembered once, so that what doesn't isn't forgotten for it. */
function lastOf(leaves: readonly Leaf[]): readonly Leaf[] {
  const last: Leaf[] = []
  const seen = new Set<string>()
  let left = MEMORY
  for (let i = leaves.length - 1; i >= 0 && left > 0 && last.length < MAX_LEAVES; i--) {
    const leaf = leaves[i]
    if (leaf === undefined) continue
    if (leaf.kind === 'key' || (usesOf(leaf.name) & OF_PROTOCOL) !== 0) {
      const key = `${leaf.name} ${leaf.text}`
      if (seen.has(key)) continue
      seen.add(key)
    }
    last.push(leaf.text.length > left ? { ...leaf, text: leaf.text.slice(-left) } : leaf)
    left -= leaf.text.length + 1
  }
  return last.toReversed()
}
