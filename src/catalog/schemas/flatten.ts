/**
 * A schema without alternatives at its top, for hosts that lose their list over them (hosts.ts): the members of all
 * alternatives side by side, required only where each alternative requires them. That only loosens what the model is
 * told; the server still checks its own schema. Pure.
 */
import { isRecord } from '../../json/record.ts'
import { memberOf, pointerSteps, type Schema } from './schema-parts.ts'

/** What the APIs of models refuse at the top of a schema. */
const REFUSED = ['oneOf', 'anyOf', 'allOf', 'not', 'enum', 'const', 'if', 'then', 'else', '$ref'] as const
const MAX_DEPTH = 16

interface Members {
  readonly properties: Readonly<Record<string, unknown>>
  readonly required: readonly string[]
}

/** The words at its top that some hosts lose their list over. */
export function alternativesOf(schema: Schema): readonly string[] {
  return REFUSED.filter((word) => word in schema)
}

export function flatten(schema: Schema): Schema {
  const { properties, required } = membersOf(schema, schema, 0)
  const kept = required.filter((name) => Object.hasOwn(properties, name))
  // What is closed would refuse the members of the alternatives in it.
  const left = new Set<string>([...REFUSED, 'additionalProperties', 'unevaluatedProperties', 'required'])
  return {
    ...Object.fromEntries(Object.entries(schema).filter(([word]) => !left.has(word))),
    properties,
    ...(kept.length === 0 ? {} : { required: kept }),
  }
}

function membersOf(schema: Schema, root: Schema, depth: number): Members {
  if (depth > MAX_DEPTH) return { properties: {}, required: [] }
  const inner = (one: unknown): readonly Members[] => (isRecord(one) ? [membersOf(one, root, depth + 1)] : [])
  const each = (list: unknown): readonly (readonly Members[])[] =>
    Array.isArray(list) ? list.map(inner) : []
  const all = [...each(schema['allOf']).flat(), ...inner(referred(schema['$ref'], root))]
  const groups = [each(schema['oneOf']).flat(), each(schema['anyOf']).flat()]
  const conditional = [...inner(schema['then']), ...inner(schema['else'])]
  const own = isRecord(schema['properties']) ? Object.entries(schema['properties']) : []
  const entries = [...groups.flat(), ...conditional, ...all].flatMap(({ properties }) =>
    Object.entries(properties),
  )
  return {
    // `__proto__` as a member would set a prototype when assigned; entries define it.
    properties: Object.fromEntries([...entries, ...own]),
    required: [
      ...new Set([
        ...requiredOf(schema),
        ...all.flatMap(({ required }) => required),
        ...groups.flatMap(([first, ...others]) =>
          (first?.required ?? []).filter((name) => others.every(({ required }) => required.includes(name))),
        ),
      ]),
    ],
  }
}

function referred(reference: unknown, root: Schema): unknown {
  const steps = typeof reference === 'string' ? pointerSteps(reference) : undefined
  let at: unknown = steps === undefined || steps.length === 0 ? undefined : root
  for (const step of steps ?? []) at = memberOf(at, step)
  return at
}

export function requiredOf({ required }: Schema): string[] {
  return Array.isArray(required) ? required.filter((name): name is string => typeof name === 'string') : []
}
