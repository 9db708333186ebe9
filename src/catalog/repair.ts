/**
 * Makes a tool's schemas acceptable to the strictest host, or says why it can't be done: one schema that the
 * model's API rejects costs the host its whole list (missing inputSchema, a top-level oneOf/anyOf/allOf, a
 * property key outside `^[a-zA-Z0-9_.-]{1,64}$`, a `required` that is no list, an outputSchema that doesn't compile).
 *
 * Repair only ever loosens what the model is told; the child still checks its own schema. Renamed keys are mapped
 * back before anything else sees the arguments, so policy, the human and the child read the child's names. Pure.
 */
import { sha256 } from '../canonical.ts'
import { ExactNumber } from '../json/number.ts'

type Schema = Readonly<Record<string, unknown>>

/** What to rename in arguments on their way to the child, following `properties` and `items`. */
export interface KeyMap {
  /** Emitted key to upstream key. */
  readonly names: Readonly<Record<string, string>>
  /** By emitted key. */
  readonly inside: Readonly<Record<string, KeyMap>>
  readonly items?: KeyMap
}

export type Repaired =
  | {
      readonly ok: true
      readonly schema: Schema
      readonly keys?: KeyMap
      readonly repairs: readonly string[]
    }
  | { readonly ok: false; readonly why: string }

const LEGAL_KEY = /^[a-zA-Z0-9_.-]{1,64}$/
const COMBINATORS = ['oneOf', 'anyOf', 'allOf'] as const
const MAX_SCHEMA_DEPTH = 64

export function repairInputSchema(input: unknown): Repaired {
  if (input === undefined)
    return { ok: true, schema: { type: 'object', properties: {} }, repairs: ['had no inputSchema'] }
  if (!isObject(input)) return { ok: false, why: 'its inputSchema is not an object' }
  if (input['type'] !== undefined && input['type'] !== 'object')
    return { ok: false, why: 'its inputSchema is not of type object' }
  const repairs: string[] = []
  let schema: Schema = input['type'] === 'object' ? input : { ...input, type: 'object' }
  if (COMBINATORS.some((word) => word in schema)) {
    schema = flatten(schema)
    repairs.push('top-level alternatives were flattened')
  }
  const typed = wellTyped(schema)
  if (typed !== undefined) {
    schema = typed
    repairs.push('ill-typed members were put right')
  }
  if (!isObject(schema['properties'])) schema = { ...schema, properties: {} }
  const renamed = renameKeys(schema, 0)
  if (renamed === undefined) return { ok: false, why: 'its inputSchema is nested too deeply' }
  if (hasIllegalKey(renamed.schema, 0))
    return { ok: false, why: 'its inputSchema has a property key that hosts reject' }
  if (renamed.keys !== undefined) repairs.push('property keys that hosts reject were renamed')
  return {
    ok: true,
    schema: renamed.schema,
    repairs,
    ...(renamed.keys === undefined ? {} : { keys: renamed.keys }),
  }
}

/** SDK hosts check these three by type, and one that is wrong costs them the whole list; undefined when all is well. */
function wellTyped(schema: Schema): Schema | undefined {
  const { $schema, required, properties, ...rest } = schema
  const members = isObject(properties) ? Object.entries(properties) : []
  const isFine =
    ($schema === undefined || typeof $schema === 'string') &&
    (required === undefined ||
      (Array.isArray(required) && required.every((name) => typeof name === 'string'))) &&
    members.every(([, member]) => isObject(member))
  if (isFine) return undefined
  const names = requiredOf(schema)
  return {
    ...rest,
    ...(typeof $schema === 'string' ? { $schema } : {}),
    ...(names.length === 0 ? {} : { required: names }),
    properties: Object.fromEntries(
      members.map(([key, member]) => [key, isObject(member) ? member : member === false ? { not: {} } : {}]),
    ),
  }
}

/** Arguments with the keys that the child knows. */
export function restoreKeys(value: unknown, keys: KeyMap | undefined): unknown {
  if (keys === undefined) return value
  if (Array.isArray(value)) return value.map((item) => restoreKeys(item, keys.items))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      own(keys.names, key) ?? key,
      restoreKeys(member, own(keys.inside, key)),
    ]),
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
    if (typeof step === 'number') at = here?.items
    if (here === undefined || typeof step === 'number') return step
    const emitted = Object.keys(here.names).find((name) => here.names[name] === step) ?? step
    at = own(here.inside, emitted)
    return emitted
  })
}

/** All alternatives' properties side by side; required is only what each alternative requires. */
function flatten(schema: Schema): Schema {
  const { oneOf, anyOf, allOf, ...rest } = schema
  const all = branches(allOf, schema)
  const alternatives = [branches(oneOf, schema), branches(anyOf, schema)]
  const properties: Record<string, unknown> = {}
  for (const branch of [...alternatives.flat(), ...all, rest]) {
    if (isObject(branch['properties'])) Object.assign(properties, ownCopy(branch['properties']))
  }
  const required = new Set([rest, ...all].flatMap(requiredOf))
  for (const group of alternatives) {
    const [first, ...others] = group
    for (const name of first === undefined ? [] : requiredOf(first)) {
      if (others.every((branch) => requiredOf(branch).includes(name))) required.add(name)
    }
  }
  const kept = [...required].filter((name) => Object.hasOwn(properties, name))
  // A branch's keys would be refused by `additionalProperties: false` of the frame around it.
  const { additionalProperties: _closed, required: _required, ...frame } = rest
  return { ...frame, properties, ...(kept.length === 0 ? {} : { required: kept }) }
}

function branches(list: unknown, root: Schema): Schema[] {
  if (!Array.isArray(list)) return []
  return list
    .filter(isObject)
    .map((branch) =>
      typeof branch['$ref'] === 'string' ? (localRef(root, branch['$ref']) ?? branch) : branch,
    )
}

/** `#/$defs/Name`; network references are never followed (2026-07-28 basic: MUST NOT). */
function localRef(root: Schema, ref: string): Schema | undefined {
  if (!ref.startsWith('#/')) return undefined
  let at: unknown = root
  for (const step of ref.slice(2).split('/'))
    at = isObject(at) ? own(at, step.replaceAll('~1', '/').replaceAll('~0', '~')) : undefined
  return isObject(at) ? at : undefined
}

function requiredOf(schema: Schema): string[] {
  const required = schema['required']
  return Array.isArray(required) ? required.filter((name): name is string => typeof name === 'string') : []
}

function renameKeys(schema: Schema, depth: number): { schema: Schema; keys?: KeyMap } | undefined {
  if (depth > MAX_SCHEMA_DEPTH) return undefined
  const names: Record<string, string> = {}
  const inside: Record<string, KeyMap> = {}
  let next = schema
  if (isObject(schema['properties'])) {
    const properties: [string, unknown][] = []
    for (const [key, member] of Object.entries(schema['properties'])) {
      const emitted = LEGAL_KEY.test(key) ? key : legalKey(key)
      if (emitted !== key) names[emitted] = key
      const renamed = isObject(member) ? renameKeys(member, depth + 1) : { schema: member }
      if (renamed === undefined) return undefined
      if ('keys' in renamed && renamed.keys !== undefined) inside[emitted] = renamed.keys
      properties.push([emitted, renamed.schema])
    }
    const emittedOf = new Map(Object.entries(names).map(([emitted, key]) => [key, emitted]))
    next = { ...next, properties: Object.fromEntries(properties) }
    if (emittedOf.size > 0 && 'required' in next)
      next = { ...next, required: requiredOf(next).map((name) => emittedOf.get(name) ?? name) }
  }
  const items = isObject(schema['items'])
    ? renameKeys(schema['items'], depth + 1)
    : { schema: undefined, keys: undefined }
  if (items === undefined) return undefined
  if (items.keys !== undefined) next = { ...next, items: items.schema }
  const nothing =
    Object.keys(names).length === 0 && Object.keys(inside).length === 0 && items.keys === undefined
  if (nothing) return { schema }
  return { schema: next, keys: { names, inside, ...(items.keys === undefined ? {} : { items: items.keys }) } }
}

function legalKey(key: string): string {
  return `${key.replace(/[^a-zA-Z0-9_.-]+/g, '_').slice(0, 50)}-${sha256(key).slice(0, 8)}`
}

/** Any `properties` object left anywhere, under combinators or $defs, whose keys can't be mapped back. */
function hasIllegalKey(value: unknown, depth: number): boolean {
  if (depth > MAX_SCHEMA_DEPTH * 2) return true
  if (Array.isArray(value)) return value.some((item) => hasIllegalKey(item, depth + 1))
  if (!isObject(value)) return false
  const properties = value['properties']
  if (isObject(properties) && Object.keys(properties).some((key) => !LEGAL_KEY.test(key))) return true
  return Object.values(value).some((member) => hasIllegalKey(member, depth + 1))
}

function isObject(value: unknown): value is Record<string, unknown> {
  return (
    value !== null && typeof value === 'object' && !Array.isArray(value) && !(value instanceof ExactNumber)
  )
}

function own<T>(object: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

/** `__proto__` as a member would set a prototype when assigned; entries define it. */
function ownCopy(object: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([key]) => key !== '__proto__'))
}
