/**
 * Pinned definitions: what a server's tools looked like when they were first seen (promises 4 and 5). The whole
 * tool object is pinned, annotations and unknown members too, because whatever isn't pinned can change unseen.
 * Pure.
 */
import { canonicalHash } from '../canonical.ts'
import type { Tool } from '../upstream/tool.ts'

/** One server's pins; void as a whole when its launch command changes. */
export interface Pins {
  readonly launchHash: string
  readonly tools: Readonly<Record<string, Tool>>
}

/** SHA-256 of the whole definition; `unhashable` definitions (lone surrogates, too deep) match nothing. */
export function toolHash(tool: Tool): string | undefined {
  try {
    return canonicalHash(tool)
  } catch {
    return undefined
  }
}

/** The members that differ from the pinned definition; empty for a tool that wasn't there before. */
export function changedMembers(tool: Tool, pinned: Tool | undefined): readonly string[] {
  if (pinned === undefined) return []
  return [...new Set([...Object.keys(pinned), ...Object.keys(tool)])].toSorted().filter((member) => {
    const [before, after] = [hashOf(pinned[member]), hashOf(tool[member])]
    return before === undefined || after === undefined || before !== after
  })
}

/** The pins after these tools have been seen: first sight pins, nothing is ever unpinned or replaced here. */
export function pinNew(pins: Pins | undefined, launchHash: string, tools: readonly Tool[]): Pins {
  const known = pins?.launchHash === launchHash ? pins.tools : {}
  const fresh = tools.filter((tool) => !Object.hasOwn(known, tool.name) && toolHash(tool) !== undefined)
  return { launchHash, tools: { ...known, ...Object.fromEntries(fresh.map((tool) => [tool.name, tool])) } }
}

function hashOf(member: unknown): string | undefined {
  if (member === undefined) return 'absent'
  try {
    return canonicalHash(member)
  } catch {
    return undefined
  }
}
