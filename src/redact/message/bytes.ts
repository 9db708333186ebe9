/** A message of which long texts are given as bytes is looked through as one whose texts are strings (joins.ts). Pure. */
import type { Search } from '../find/search.ts'
import { EDGE, joinsOf, LINE } from './joins.ts'
import type { Leaf } from './leaves.ts'

/** @param bytesOf of a leaf whose text is long: that text, a character of ASCII each */
export function isBareOf(
  leaves: readonly Leaf[],
  bytesOf: (leaf: Leaf) => Uint8Array | undefined,
  search: Pick<Search, 'in' | 'isBare'>,
): boolean {
  const pieces: (string | Uint8Array)[] = []
  for (const leaf of leaves) pieces.push(...(pieces.length === 0 ? [] : [LINE]), bytesOf(leaf) ?? leaf.text)
  if (!search.isBare(pieces)) return false
  const [, ...others] = joinsOf(leaves.map((leaf) => withEnds(leaf, bytesOf(leaf))))
  // What is joined as base64 is joined whole.
  return others.every((joined) => joined.kind !== 'base64' && search.in(joined).length === 0)
}

/** Of a long text nothing but its ends is joined with others. */
function withEnds(leaf: Leaf, bytes: Uint8Array | undefined): Leaf {
  if (bytes === undefined) return leaf
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (text.length <= 2 * EDGE) return { ...leaf, text: text.toString('latin1') }
  const ends = [text.toString('latin1', 0, EDGE), text.toString('latin1', text.length - EDGE)]
  return { ...leaf, text: ends.join(' ') }
}
