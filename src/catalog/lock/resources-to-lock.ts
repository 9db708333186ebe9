/** Chooses the resources of a server that stand in servers.lock. Pure. */
import { byCodeUnit } from '../../json/canonical.ts'
import type { JsonObject } from '../../json/record.ts'

/** Of a server that lists more, the first ones by URI. */
const MAX_RESOURCES = 100

/** By URI. */
export function resourcesToLock(resources: readonly JsonObject[]): ReadonlyMap<string, JsonObject> {
  const all = resources.map((one) => [String(one['uri']), one] as const)
  return new Map(all.toSorted(([a], [b]) => byCodeUnit(a, b)).slice(0, MAX_RESOURCES))
}
