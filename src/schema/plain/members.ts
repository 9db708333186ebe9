/** The words of JSON Schema that lead to the members of an object: `properties`, `patternProperties` and the like. */
import type { Schema } from '@cfworker/json-schema'
import { isRecord } from '../../json/record.ts'
import { TextPattern } from '../pattern/text-pattern.ts'
import { each, under } from './places.ts'
import type { Check, PlainRun } from './run.ts'

type Members = Readonly<Record<string, unknown>>
type Of = (schema: unknown) => Check

export function namesCheck({ propertyNames }: Schema, of: Of): Check | undefined {
  if (propertyNames === undefined) return undefined
  const check = of(propertyNames)
  return (value, run, at, from) =>
    !isRecord(value) ||
    each(Object.keys(value), run, (key) =>
      run.apart(check, key, under(run, at, key), under(run, from, 'propertyNames')),
    )
}

/** One sentence tells all that are missing (explain.ts). */
export function dependentRequiredCheck({ dependentRequired: asked }: Schema): Check | undefined {
  if (asked === undefined) return undefined
  const all = Object.entries(asked)
  return (value, run, at, from) => {
    if (!isRecord(value)) return true
    const isRight = all.every(([name, names]) => {
      run.spend(1 + names.length)
      return !Object.hasOwn(value, name) || names.every((one) => Object.hasOwn(value, one))
    })
    if (!isRight) run.tell('dependentRequired', at, under(run, from, 'dependentRequired'))
    return isRight
  }
}

export function dependentSchemasCheck({ dependentSchemas: asked }: Schema, of: Of): Check | undefined {
  if (asked === undefined) return undefined
  const all = Object.entries(asked).map(([name, one]) => [name, of(one)] as const)
  return (value, run, at, from) =>
    !isRecord(value) ||
    each(all, run, ([name, check]) => {
      if (!Object.hasOwn(value, name)) return true
      return check(value, run, at, under(run, from, 'dependentSchemas', name))
    })
}

/**
 * Those with a name, those whose names match a pattern, and of the others `additionalProperties`, or
 * `unevaluatedProperties` for those that no word beside it has looked at. What is told comes in the order of the schema;
 * for the verdict alone a schema may know many names at no cost.
 */
export function membersCheck(schema: Schema, of: Of): Check | undefined {
  const { properties, patternProperties, additionalProperties, unevaluatedProperties } = schema
  if (
    [properties, patternProperties, additionalProperties, unevaluatedProperties].every(
      (one) => one === undefined,
    )
  )
    return undefined
  const known = new Map(Object.entries(properties ?? {}).map(([name, one]) => [name, of(one)]))
  const byPattern = Object.entries(patternProperties ?? {}).map(
    ([source, one]) => [source, new TextPattern(source), of(one)] as const,
  )
  const otherWord = additionalProperties === undefined ? 'unevaluatedProperties' : 'additionalProperties'
  const rest = additionalProperties ?? unevaluatedProperties
  const other = rest === undefined ? undefined : of(rest)
  const isOther = (key: string, isNamed: boolean, run: PlainRun): boolean =>
    other !== undefined && (otherWord === 'additionalProperties' ? !isNamed : run.seen?.has(key) !== true)

  const verdict = (value: Members, run: PlainRun): boolean => {
    for (const key in value) {
      run.spend(1)
      const member = value[key]
      const check = known.get(key)
      let isNamed = check !== undefined
      if (check !== undefined && !run.apart(check, member, '', '')) return false
      for (const [, pattern, matched] of byPattern) {
        if (!pattern.matches(key, run)) continue
        isNamed = true
        if (!run.apart(matched, member, '', '')) return false
      }
      const isLast = isOther(key, isNamed, run)
      if (isLast && !isNamed && other !== undefined && !run.apart(other, member, '', '')) return false
      if (isNamed || isLast) run.seen?.add(key)
    }
    return true
  }

  const told = (value: Members, run: PlainRun, at: string, from: string): boolean => {
    const keys = Object.keys(value)
    run.spend(keys.length + known.size)
    const named = new Set<string>()
    const judged = (check: Check, key: string, ...steps: readonly string[]): boolean => {
      const fits = run.apart(check, value[key], under(run, at, key), under(run, from, ...steps))
      if (fits) run.seen?.add(key)
      return fits
    }
    let areRight = each(
      [...known].filter(([key]) => Object.hasOwn(value, key)),
      run,
      ([key, check]) => {
        named.add(key)
        return judged(check, key, 'properties', key)
      },
    )
    for (const [source, pattern, check] of byPattern) {
      const matching = keys.filter((key) => pattern.matches(key, run))
      for (const key of matching) named.add(key)
      areRight = each(matching, run, (key) => judged(check, key, 'patternProperties', source)) && areRight
    }
    if (other === undefined || (!areRight && run.isEnough)) return areRight
    const others = keys.filter((key) => isOther(key, named.has(key), run))
    return each(others, run, (key) => judged(other, key, otherWord)) && areRight
  }

  return (value, run, at, from) =>
    !isRecord(value) || (run.tells ? told(value, run, at, from) : verdict(value, run))
}
