/**
 * Changes of JSON values that give back the very same object where nothing changes. So it costs no copy, and what is
 * remembered of an object (text.ts) stays true. Pure but for
 * what is remembered of a copy that only lacks members.
 */
import { keepTextOfRest } from './member-text.ts'
import type { JsonObject } from './record.ts'

/** The object with these members in the place of its own ones; undefined leaves one out. */
export function withMembers(object: JsonObject, members: JsonObject): JsonObject {
  if (hasAll(object, members)) return object
  const changed = Object.entries(members).filter(([key, value]) => !hasOne(object, key, value))
  const copy = { ...object, ...Object.fromEntries(changed) }
  for (const [key, value] of changed) if (value === undefined) delete copy[key]
  if (changed.every(([, value]) => value === undefined)) keepTextOfRest(object, copy)
  return copy
}

/** As nearly always: then no list is made. */
function hasAll(object: JsonObject, members: JsonObject): boolean {
  for (const key in members) if (!hasOne(object, key, members[key])) return false
  return true
}

function hasOne(object: JsonObject, key: string, value: unknown): boolean {
  return object[key] === value && (value !== undefined || !Object.hasOwn(object, key))
}

export function mapItems(list: readonly unknown[], map: (item: unknown) => unknown): readonly unknown[] {
  const mapped = list.map((item) => map(item))
  return mapped.some((item, index) => item !== list[index]) ? mapped : list
}
