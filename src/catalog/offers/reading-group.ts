/**
 * The tools of a server that only read by name and are asked about for nothing else, so that they can be granted
 * together. What a rule wants confirmed, what changed, what is new and what nobody can call isn't among them. Pure.
 */
import { MAX_GROUP, type ToolGroup } from '../../approval/grants/group.ts'
import { patternsOf, readsByName } from '../../policy/risk/reading-tools.ts'
import { factsOf, type Entry } from './select.ts'

const MAX_NAME_LENGTH = 128

/** @param entries tools of any server @returns undefined where there is nothing to put together */
export function readingGroup(server: string, entries: readonly Entry[]): ToolGroup | undefined {
  const own = entries.filter(({ target }) => target.server === server)
  const group = own.filter(isAskedToRead)
  if (group.length < 2 || group.length > MAX_GROUP) return undefined
  const others = own.filter((entry) => !group.includes(entry))
  return {
    tools: group.map(({ target }) => ({ tool: target.name, toolHash: target.hash })),
    patterns: patternsOf(namesOf(group), namesOf(others)),
  }
}

function namesOf(entries: readonly Entry[]): readonly string[] {
  return entries.map(({ target }) => target.name)
}

/** A rule of the operator's that asks isn't silenced by the way. */
export function isAskedToRead(entry: Entry): boolean {
  const { target, listed } = entry
  const { kind, rule } = target.verdict
  if (kind !== 'confirm' || rule !== 'risk' || listed === undefined) return false
  const { name, hash, changes, definition, isNew } = target
  if (isNew === true || name.length > MAX_NAME_LENGTH || !name.isWellFormed()) return false
  const unchanged = changes.length === 0 && hash !== 'unhashable'
  return readsByName({ ...factsOf({ ...definition, name }, entry), unchanged })
}
