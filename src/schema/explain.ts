/**
 * Turns what the library found into our words. The library names the place in the value and the place in the schema;
 * what was asked there is read from the schema. Words that only lead to other schemas say nothing themselves, because
 * what is wrong there follows; of alternatives the one that was meant speaks, where that can be told.
 */
import type { OutputUnit, Schema } from '@cfworker/json-schema'
import type { CompiledSchema } from './compile.ts'
import { isRecord } from '../json/record.ts'
import { MAX_PROBLEMS, type SchemaProblem } from './problem.ts'
import { isNothing, options, SENTENCES, types } from './sentences.ts'
import { placeIn, schemaTargetOf, trace, type SchemaPlace, type Trace } from './trace.ts'
import { oneOf } from './words.ts'

const OTHERS = new Set(['anyOf', 'oneOf', 'required', 'dependentRequired'])

export function explainSchema(
  units: readonly OutputUnit[],
  schema: CompiledSchema,
  value: unknown,
): readonly SchemaProblem[] {
  const problems = new Map<string, SchemaProblem>()
  /** Schemas whose `type` failed, and for which value: nothing else of them is worth saying. */
  const silent = new Set<string>()
  for (let index = 0; index < units.length && problems.size < MAX_PROBLEMS; index += 1) {
    const unit = units[index]
    if (unit === undefined) break
    if (!SENTENCES.has(unit.keyword) && !OTHERS.has(unit.keyword)) continue
    const inside = insideOf(units, index)
    index += inside.length
    const asker = `${unit.instanceLocation} ${unit.keywordLocation.replace(/[^/]*$/, '')}`
    if (unit.keyword === 'type') silent.add(asker)
    else if (silent.has(asker)) continue
    for (const problem of explainOne(unit, inside, schema, value))
      problems.set(JSON.stringify([problem.path, problem.expected]), problem)
  }
  return [...problems.values()].slice(0, MAX_PROBLEMS)
}

/** What was found in alternatives follows them. */
function insideOf(units: readonly OutputUnit[], index: number): readonly OutputUnit[] {
  const { keyword, keywordLocation } = units[index] ?? { keyword: '', keywordLocation: '' }
  if (keyword !== 'anyOf' && keyword !== 'oneOf') return []
  const end = units.findIndex(
    (unit, at) => at > index && !unit.keywordLocation.startsWith(`${keywordLocation}/`),
  )
  return units.slice(index + 1, end === -1 ? units.length : end)
}

function explainOne(
  unit: OutputUnit,
  inside: readonly OutputUnit[],
  schema: CompiledSchema,
  value: unknown,
): readonly SchemaProblem[] {
  const traced = trace(unit.keywordLocation, schema)
  const place = placeIn(value, unit.instanceLocation)
  if (traced === undefined || traced.via.some(({ word }) => word === 'contains')) return []
  if (traced.via.some(({ word }) => word === 'propertyNames'))
    return [{ path: place.path, expected: 'is not a name that is allowed here' }]
  switch (unit.keyword) {
    case 'anyOf':
    case 'oneOf':
      return alternatives(unit, inside, traced.owner, schema, value)
    case 'required':
      return missing(traced.owner.required, place, 'is required and missing')
    case 'dependentRequired':
      return Object.entries(traced.owner.dependentRequired ?? {}).flatMap(([name, names]) =>
        hasOwn(place.value, name)
          ? missing(names, place, 'is required beside another member and missing')
          : [],
      )
    default:
      return say(unit, traced, place)
  }
}

function say(
  { keyword }: OutputUnit,
  { owner, via }: Trace,
  { path, value }: SchemaPlace,
): readonly SchemaProblem[] {
  const asked: unknown = owner[keyword]
  const [from] = via
  if (keyword === 'not' && isNothing(asked)) {
    const known = Object.keys(from?.owner.properties ?? {})
    if (from?.word === 'additionalProperties') return [{ path, expected: 'is not known', known }]
    if (from?.word === 'unevaluatedProperties') return [{ path, expected: 'is not known' }]
  }
  const sentence = SENTENCES.get(keyword)
  return sentence === undefined ? [] : [{ path, expected: sentence(asked, value) }]
}

function missing(
  names: readonly string[] | undefined,
  { path, value }: SchemaPlace,
  why: string,
): readonly SchemaProblem[] {
  const absent = (names ?? []).filter((name) => !hasOwn(value, name))
  return absent.slice(0, MAX_PROBLEMS).map((name) => ({ path: [...path, name], expected: why }))
}

function hasOwn(value: unknown, name: string): boolean {
  return isRecord(value) && Object.hasOwn(value, name)
}

/** Where one alternative alone is of the right type, what is wrong by it is the most helpful thing to say. */
function alternatives(
  { keyword, keywordLocation, instanceLocation }: OutputUnit,
  inside: readonly OutputUnit[],
  owner: Schema,
  schema: CompiledSchema,
  value: unknown,
): readonly SchemaProblem[] {
  const parts: readonly Schema[] = (keyword === 'anyOf' ? owner.anyOf : owner.oneOf) ?? []
  const found = parts.map((): OutputUnit[] => [])
  for (const unit of inside)
    found[Number.parseInt(unit.keywordLocation.slice(keywordLocation.length + 1), 10)]?.push(unit)
  const { path } = placeIn(value, instanceLocation)
  const fitting = found.filter((units) => units.length === 0).length
  if (fitting > 0)
    return [{ path, expected: `fits ${fitting} of ${parts.length} alternatives, and only one may fit` }]
  const isOfType = (unit: OutputUnit): boolean =>
    unit.keyword !== 'type' ||
    unit.instanceLocation !== instanceLocation ||
    !/^\/\d+(?:\/\$ref)*\/type$/.test(unit.keywordLocation.slice(keywordLocation.length))
  const [only, ...others] = found.filter((units) => units.every(isOfType))
  if (only !== undefined && others.length === 0) return explainSchema(only, schema, value)
  const kinds = parts.map((part) => kindOf(part, schema))
  const named = new Set(kinds.filter((kind) => kind !== undefined))
  return [
    {
      path,
      expected: kinds.includes(undefined)
        ? `fits none of ${parts.length} alternatives`
        : `expected ${oneOf([...named])}`,
    },
  ]
}

/** What a schema asks for, in a word or two, where options or a type say it. */
function kindOf(part: Schema, { lookup }: CompiledSchema): string | undefined {
  const target = schemaTargetOf(part, lookup)
  const { type, ...asked }: Schema = isRecord(target) ? target : part
  if ('const' in asked) return options([asked.const])
  if (asked.enum !== undefined) return options(asked.enum)
  return type === undefined ? undefined : oneOf(types(type))
}
