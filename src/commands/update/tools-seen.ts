/** Compares the tools that two versions list, by name and by all that they say. Pure. */
import { definitionHash } from '../../catalog/pins/pin.ts'
import type { JsonObject } from '../../json/record.ts'
import type { ToolsSeen } from './compare.ts'
import type { Trial } from './trial.ts'

/** @param before undefined where there is no version to compare with */
export function toolsSeen(before: Trial | undefined, after: Trial): ToolsSeen {
  if (after.kind === 'none') return { kind: 'unseen', why: after.why }
  const now = byName(after.tools)
  if (before?.kind === 'none')
    return { kind: 'unseen', why: `the version before can't be compared: ${before.why}` }
  const was = byName(before?.tools ?? [])
  const names = [...now.keys()]
  return {
    kind: 'seen',
    added: names.filter((name) => !was.has(name)),
    removed: [...was.keys()].filter((name) => !now.has(name)),
    changed: names.filter((name) => was.has(name) && was.get(name) !== now.get(name)),
  }
}

function byName(tools: readonly JsonObject[]): ReadonlyMap<string, string | undefined> {
  return new Map(tools.map((tool) => [String(tool['name']), definitionHash(tool)]))
}
