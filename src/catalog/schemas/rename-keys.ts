/**
 * Renames property keys that hosts reject (legal-keys.ts), in a schema on its way to the host, and tells by which map the
 * arguments get the server's names again (keys.ts).
 *
 * A key is renamed wherever arguments can be mapped back: in everything that the schema applies to a value, its members
 * or its items, through alternatives and references, recursive ones too. What no such way leads to (behind references
 * that aren't read here, in words that aren't JSON Schema's) is loosened: it says nothing any more. Pure.
 */
import { isRecord } from '../../json/record.ts'
import { escaped, holdsUnseen, mapStrings, withoutUnseen, writtenOut } from '../unseen.ts'
import { keyMapOf, type KeyMap } from './keys.ts'
import {
  illegalKeys,
  keyIn,
  keysOf,
  legal,
  LEGAL_KEY,
  legalNames,
  unseenValues,
  VALUES,
} from './legal-keys.ts'
import { memberOf, valueKindOf, pointerOf, pointerSteps, SchemaParts, type Schema } from './schema-parts.ts'

export interface RenamedKeys {
  readonly schema: Schema
  readonly keys?: KeyMap
  /** Some of it says nothing any more. */
  readonly loosened: boolean
}

/** As deep as a message may be (framing.ts). */
const MAX_DEPTH = 256
/** Words whose values are no schemas: their keys are data. */
const DATA = new Set(['enum', 'const', 'default', 'examples', 'example', 'required', 'dependentRequired'])
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
  const keys = odd.some((one) => reached.has(one)) ? keyMapOf(root, parts) : undefined
  return { schema, loosened: rewriting.loosened, ...(keys !== undefined && { keys }) }
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

/** `__proto__` as a member would set a prototype when assigned; entries define it. */
function mapEntries(
  object: Schema,
  change: (key: string, value: unknown) => readonly [string, unknown],
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => change(key, value)))
}
