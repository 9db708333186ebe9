/**
 * Property keys that hosts reject, in a schema on its way to the host and in arguments on their way back. One such key
 * (outside `^[a-zA-Z0-9_.-]{1,64}$`) costs some hosts the whole list, so it gets a legal name; before anything else sees
 * the arguments they have the server's names again, so policy, the human and the server read those.
 *
 * What nobody sees (unseen.ts) is told otherwise too: sentences without it, values that a call may be written with
 * (`enum`, `const`, `default`, `examples`) with it written out, and mapped back in the same places as keys.
 *
 * A key is renamed wherever arguments can be mapped back: in everything that the schema applies to a value, its members
 * or its items, through alternatives and references, recursive ones too. What no such way leads to (behind references
 * that aren't read here, in words that aren't JSON Schema's) is loosened: it says nothing any more. Pure.
 */
import { sha256 } from '../../json/canonical.ts'
import { isRecord } from '../../json/record.ts'
import { escaped, holdsUnseen, mapStrings, withoutUnseen, writtenOut } from '../unseen.ts'
import { memberOf, valueKindOf, pointerOf, pointerSteps, SchemaParts, type Schema } from './schema-parts.ts'

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

export interface RenamedKeys {
  readonly schema: Schema
  readonly keys?: KeyMap
  /** Some of it says nothing any more. */
  readonly loosened: boolean
}

const LEGAL_KEY = /^[a-zA-Z0-9_.-]{1,64}$/
/** As deep as a message may be (framing.ts). */
const MAX_DEPTH = 256
/** Schemas in all places of one tool. Who writes more does so on purpose: beyond them keys stay as they are sent. */
const MAX_APPLIED = 200_000
/** Words whose values are no schemas: their keys are data. */
const DATA = new Set(['enum', 'const', 'default', 'examples', 'example', 'required', 'dependentRequired'])
/** Words of values that a call may be written with. */
const VALUES = new Set(['enum', 'const', 'default', 'examples', 'example'])
const NONE: ReadonlyMap<string, string> = new Map()
/** What is left of a part that is loosened: by which it is found and read. */
const KEPT = ['$id', '$anchor', '$dynamicAnchor', 'title', 'description']

export function renameKeys(root: Schema): RenamedKeys {
  const parts = new SchemaParts(root, MAX_DEPTH)
  const hides = anyString(root, holdsUnseen)
  const odd = [...parts.bases.keys()].filter(
    (schema) => illegalKeys(schema).length > 0 || (hides && unseenValues(schema).length > 0),
  )
  const isDeep = exceeds(root, MAX_DEPTH)
  if (odd.length === 0 && !isDeep && !hides && !holdsIllegal(root)) return { schema: root, loosened: false }
  const reached = reachable(root, parts)
  const rewriting = new Rewriting(parts, new Set(odd.filter((schema) => !reached.has(schema))))
  const schema = rewriting.schema(root, 0)
  const keys = odd.some((one) => reached.has(one)) ? placesOf(root, parts) : undefined
  return { schema, loosened: rewriting.loosened, ...(keys !== undefined && { keys }) }
}

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

class Rewriting {
  loosened = false
  readonly #parts: SchemaParts
  readonly #unreached: ReadonlySet<Schema>

  constructor(parts: SchemaParts, unreached: ReadonlySet<Schema>) {
    this.#parts = parts
    this.#unreached = unreached
  }

  schema(schema: Schema, depth: number): Schema {
    if (depth > MAX_DEPTH || this.#unreached.has(schema)) {
      this.loosened = true
      return Object.fromEntries(
        KEPT.flatMap((word) =>
          Object.hasOwn(schema, word) ? [[word, mapStrings(schema[word], withoutUnseen)]] : [],
        ),
      )
    }
    const renames = illegalKeys(schema).length > 0
    return Object.fromEntries(
      Object.entries(schema).flatMap(([word, value]) => {
        // The names that it asks for are the server's.
        if (word === 'propertyNames' && renames) return this.#loosen()
        return this.#word(schema, word, value, depth + 1)
      }),
    )
  }

  #loosen(): readonly [] {
    this.loosened = true
    return []
  }

  #word(
    schema: Schema,
    word: string,
    value: unknown,
    depth: number,
  ): readonly (readonly [string, unknown])[] {
    if (word === 'required') return [[word, legalNames(value)]]
    if (word === 'pattern' && typeof value === 'string') return [[word, escaped(value)]]
    if (VALUES.has(word)) return [[word, mapStrings(value, writtenOut)]]
    if (word === 'dependentRequired' && isRecord(value))
      return [[word, mapEntries(value, (key, names) => [legal(key), legalNames(names)])]]
    if (word === '$ref' && typeof value === 'string') {
      const reference = this.#reference(schema, value)
      return reference === undefined ? this.#loosen() : [[word, reference]]
    }
    const inner = (one: unknown): unknown =>
      isRecord(one)
        ? this.schema(one, depth)
        : Array.isArray(one) && word === 'dependencies'
          ? legalNames(one)
          : one
    switch (valueKindOf(word, value)) {
      case 'schema':
        return [[word, inner(value)]]
      case 'list':
        return [[word, Array.isArray(value) ? value.map(inner) : value]]
      case 'map':
        return [
          [word, isRecord(value) ? mapEntries(value, (key, one) => [keyIn(word, key), inner(one)]) : value],
        ]
      case undefined:
        return DATA.has(word) || !holdsIllegal(value)
          ? [[writtenOut(word), mapStrings(value, withoutUnseen)]]
          : this.#loosen()
    }
  }

  /** Where it leads now; undefined where that isn't there any more. */
  #reference(schema: Schema, reference: string): string | undefined {
    const steps = pointerSteps(reference)
    if (steps === undefined || !reference.startsWith('#')) return reference
    let at: unknown = this.#parts.bases.get(schema)
    let word: string | undefined
    const now: string[] = []
    for (const step of steps) {
      if (word !== undefined) {
        now.push(keyIn(word, step))
        at = memberOf(at, step)
        word = undefined
        continue
      }
      const value = memberOf(at, step)
      const place = valueKindOf(step, value)
      if (place === undefined) return holdsIllegal(value) ? undefined : reference
      now.push(step)
      at = value
      if (place !== 'schema') word = step
    }
    return now.every((step, index) => step === steps[index]) ? reference : pointerOf(now)
  }
}

/** Those that a host would reject in this very schema. */
function illegalKeys({ properties, required, dependentRequired, ...rest }: Schema): readonly string[] {
  const lists = [required, ...valuesOf(dependentRequired), ...valuesOf(rest['dependencies'])]
  const names = [
    ...keysOf(properties),
    ...keysOf(dependentRequired),
    ...keysOf(rest['dependencies']),
    ...keysOf(rest['dependentSchemas']),
    ...lists.flatMap((list) => (Array.isArray(list) ? list : [])),
  ]
  return [...new Set(names)].filter((name) => typeof name === 'string' && !LEGAL_KEY.test(name))
}

/** The schemas that some part of the arguments is held to. */
function reachable(root: Schema, parts: SchemaParts): ReadonlySet<Schema> {
  const seen = new Set([root])
  for (const schema of seen) {
    const next = [...parts.inPlace(schema), ...parts.rest(schema), ...parts.items(schema)]
    for (const key of keysOf(schema['properties'])) next.push(...parts.member(schema, key))
    for (const one of next) if (parts.bases.has(one)) seen.add(one)
  }
  return seen
}

/** Made as arguments lead to them, so that references may go round. */
function placesOf(root: Schema, parts: SchemaParts): KeyMap | undefined {
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

function legal(key: string): string {
  if (LEGAL_KEY.test(key)) return key
  return `${key.replace(/[^a-zA-Z0-9_.-]+/g, '_').slice(0, 50)}-${sha256(key).slice(0, 8)}`
}

function legalNames(names: unknown): unknown {
  return Array.isArray(names) ? names.map((name) => (typeof name === 'string' ? legal(name) : name)) : names
}

const OF_KEYS = new Set(['properties', 'dependentSchemas', 'dependencies'])

function keyIn(word: string, key: string): string {
  if (word === 'patternProperties') return escaped(key)
  return OF_KEYS.has(word) || holdsUnseen(key) ? legal(key) : key
}

/** Values that a call may be written with, and in which something can't be seen. */
function unseenValues(schema: Schema): readonly string[] {
  return [...VALUES]
    .flatMap((word) => [schema[word]].flat())
    .filter((one) => typeof one === 'string' && holdsUnseen(one)) as string[]
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

function anyString(value: unknown, is: (text: string) => boolean): boolean {
  const pending: unknown[] = [value]
  for (let one = pending.pop(); one !== undefined || pending.length > 0; one = pending.pop()) {
    if (typeof one === 'string' && is(one)) return true
    if (one === null || typeof one !== 'object') continue
    if (isRecord(one) && Object.keys(one).some(is)) return true
    for (const member of Object.values(one)) pending.push(member)
  }
  return false
}

/** Whether anything in it could be read as a schema with such a key, data apart. */
function holdsIllegal(value: unknown): boolean {
  const pending: (readonly [unknown, number])[] = [[value, 0]]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [one, depth] = next
    if (one === null || typeof one !== 'object') continue
    if (depth > MAX_DEPTH * 2) return true
    if (isRecord(one) && keysOf(one['properties']).some((key) => !LEGAL_KEY.test(key))) return true
    for (const [word, member] of Object.entries(one)) if (!DATA.has(word)) pending.push([member, depth + 1])
  }
  return false
}

function exceeds(root: Schema, max: number): boolean {
  const pending: (readonly [object, number])[] = [[root, 0]]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [one, depth] = next
    if (depth > max) return true
    for (const member of Object.values(one))
      if (member !== null && typeof member === 'object') pending.push([member, depth + 1])
  }
  return false
}

function keysOf(value: unknown): readonly string[] {
  return isRecord(value) ? Object.keys(value) : []
}

function valuesOf(value: unknown): readonly unknown[] {
  return isRecord(value) ? Object.values(value) : []
}

/** `__proto__` as a member would set a prototype when assigned; entries define it. */
function mapEntries(
  object: Schema,
  change: (key: string, value: unknown) => readonly [string, unknown],
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => change(key, value)))
}
