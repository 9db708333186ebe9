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

export function toolHash(tool: Tool): string | undefined {
  return definitionHash(tool)
}

/** SHA-256 of the whole definition; `unhashable` definitions (lone surrogates, too deep) match nothing. */
export function definitionHash(definition: object): string | undefined {
  try {
    return canonicalHash(definition)
  } catch {
    return undefined
  }
}

/** One member of a definition, before and after, as JSON; absent on the side where it isn't there. */
export interface Change {
  readonly member: string
  readonly before?: string
  readonly after?: string
}

/** How a tool differs from its pinned definition; empty for a tool that wasn't there before. */
export function changesOf(tool: Tool, pinned: Tool | undefined): readonly Change[] {
  if (pinned === undefined) return []
  const members = [...new Set([...Object.keys(pinned), ...Object.keys(tool)])].toSorted()
  return members
    .filter((member) => !isSame(pinned[member], tool[member]))
    .map((member) => ({
      member,
      ...asJson('before', pinned[member]),
      ...asJson('after', tool[member]),
    }))
}

/** The pins after these tools have been seen: first sight pins, nothing is ever unpinned or replaced here. */
export function pinNew(pins: Pins | undefined, launchHash: string, tools: readonly Tool[]): Pins {
  const known = pins?.launchHash === launchHash ? pins.tools : {}
  const fresh = tools.filter((tool) => !Object.hasOwn(known, tool.name) && toolHash(tool) !== undefined)
  return { launchHash, tools: { ...known, ...Object.fromEntries(fresh.map((tool) => [tool.name, tool])) } }
}

function isSame(before: unknown, after: unknown): boolean {
  if (before === undefined || after === undefined) return before === after
  try {
    return canonicalHash(before) === canonicalHash(after)
  } catch {
    // What can't be compared has to be looked at.
    return false
  }
}

function asJson(side: 'before' | 'after', member: unknown): Partial<Change> {
  return member === undefined ? {} : { [side]: JSON.stringify(member) }
}
