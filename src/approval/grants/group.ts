/**
 * The tools of one server that are granted together, as one grant. A group binds the name and the definition of each
 * tool, as they were when the human saw the list: what comes later, is renamed or changed isn't covered. Pure.
 */
export interface GroupedTool {
  /** The server's own name. */
  readonly tool: string
  /** SHA-256 of the canonical JSON of the whole definition. */
  readonly toolHash: string
}

export interface ToolGroup {
  readonly tools: readonly GroupedTool[]
  /** What they are called like, for people; nothing is decided by it. */
  readonly patterns: readonly string[]
}

/** More than any published server has; a longer list is read by nobody, and is kept in a file of bounded size. */
export const MAX_GROUP = 512

/** The definition that the group has of a tool; undefined for a tool that isn't in it. */
export function groupedHash(group: ToolGroup, name: string): string | undefined {
  return group.tools.find(({ tool }) => tool === name)?.toolHash
}

/** `17 tools (get_*, list_*)`, for people; not yet made visible. */
export function groupWords({ tools, patterns }: ToolGroup): string {
  return `${tools.length} tools (${patterns.join(', ')})`
}
