/** Reads the patterns of `surface.keep`: `SERVER`, which is all that it offers, or `SERVER/TOOL`. Pure. */
import type { Entry } from '../catalog/offers/select.ts'
import { matchGlob } from '../policy/glob.ts'

export function isKeptListed(keep: readonly string[], entry: Pick<Entry, 'target'>): boolean {
  return keep.some((pattern) => keeps(pattern, entry))
}

/** Those that name no tool of these. */
export function keptNothing(
  keep: readonly string[],
  entries: readonly Pick<Entry, 'target'>[],
): readonly string[] {
  return keep.filter((pattern) => !entries.some((entry) => keeps(pattern, entry)))
}

function keeps(pattern: string, { target: { server, name } }: Pick<Entry, 'target'>): boolean {
  return matchGlob(pattern, pattern.includes('/') ? `${server}/${name}` : server)
}
