/**
 * Maps arguments back: what the host calls by a key that it takes (rename-keys.ts), the server knows by its own. Before
 * anything else sees the arguments they have the server's names again, so policy, the human and the server read those.
 * Values that a call may be written with, and in which something can't be seen, are mapped back in the same places. Pure.
 */
import { isRecord } from '../../json/record.ts'
import { writtenOut } from '../unseen.ts'
import { illegalKeys, keysOf, legal, unseenValues, VALUES } from './legal-keys.ts'
import type { Schema, SchemaParts } from './schema-parts.ts'

/** The place of a value in arguments, and by what its keys are called there. */
export interface KeyMap {
  /** By emitted key: the server's. */
  readonly names: ReadonlyMap<string, string>
  /** By emitted value: the server's. */
  readonly values: ReadonlyMap<string, string>
  /** By the server's key. */
  member(key: string): KeyMap | undefined
  items(): KeyMap | undefined
}

const NONE: ReadonlyMap<string, string> = new Map()
/** Schemas in all places of one tool. Who writes more does so on purpose: beyond them keys stay as they are sent. */
const MAX_APPLIED = 200_000
/** Arguments with the keys that the server knows. */
export function restoreKeys(value: unknown, keys: KeyMap | undefined): unknown {
  if (keys === undefined) return value
  if (typeof value === 'string') return keys.values.get(value) ?? value
  if (Array.isArray(value)) {
    const items = keys.items()
    return items === undefined ? value : value.map((item) => restoreKeys(item, items))
  }
  if (!isRecord(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => {
      const own = keys.names.get(key) ?? key
      return [own, restoreKeys(member, keys.member(own))]
    }),
  )
}

/** The way to a member of the arguments in the names that the host knows. */
export function emittedPath(
  path: readonly (string | number)[],
  keys: KeyMap | undefined,
): readonly (string | number)[] {
  let at = keys
  return path.map((step) => {
    const here = at
    if (here === undefined) return step
    at = typeof step === 'number' ? here.items() : here.member(step)
    if (typeof step === 'number') return step
    return [...here.names].find(([, own]) => own === step)?.[0] ?? step
  })
}

/** Made as arguments lead to them, so that references may go round. */
export function keyMapOf(root: Schema, parts: SchemaParts): KeyMap | undefined {
  const ids = new Map<Schema, number>()
  const places = new Map<string, KeyMap>()
  let left = MAX_APPLIED
  const idOf = (schema: Schema): number => {
    const id = ids.get(schema) ?? ids.size
    ids.set(schema, id)
    return id
  }
  const placeFor = (schemas: readonly Schema[]): KeyMap | undefined => {
    if (schemas.length === 0) return undefined
    const all = new Set(schemas)
    for (const schema of all) for (const one of parts.inPlace(schema)) all.add(one)
    left -= all.size
    if (left < 0) return undefined
    const key = [...all]
      .map(idOf)
      .toSorted((a, b) => a - b)
      .join(' ')
    const place = places.get(key) ?? placeOfAll([...all])
    places.set(key, place)
    return place
  }
  const placeOfAll = (all: readonly Schema[]): KeyMap => {
    const members = new Map<string, KeyMap | undefined>()
    const named = new Set(all.flatMap(({ properties }) => keysOf(properties)))
    let rest: { readonly place: KeyMap | undefined } | undefined
    let items: { readonly place: KeyMap | undefined } | undefined
    return {
      names: new Map(all.flatMap(illegalKeys).map((own) => [legal(own), own])),
      values: valuesIn(all),
      member(key) {
        if (!named.has(key)) {
          rest ??= { place: placeFor(all.flatMap((schema) => parts.rest(schema))) }
          return rest.place
        }
        if (!members.has(key)) members.set(key, placeFor(all.flatMap((schema) => parts.member(schema, key))))
        return members.get(key)
      },
      items() {
        items ??= { place: placeFor(all.flatMap((schema) => parts.items(schema))) }
        return items.place
      },
    }
  }
  return placeFor([root])
}

/** None of those that a value of the same place is written as by itself. */
function valuesIn(schemas: readonly Schema[]): ReadonlyMap<string, string> {
  const hiding = schemas.flatMap(unseenValues).map((own) => [writtenOut(own), own] as const)
  if (hiding.length === 0) return NONE
  const plain = new Set<unknown>(
    schemas.flatMap((schema) => [...VALUES].flatMap((word) => [schema[word]].flat())),
  )
  return new Map(hiding.filter(([shown]) => !plain.has(shown)))
}
