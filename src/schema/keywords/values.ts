/** `type`, `enum` and `const`. */
import { isObject } from '../dialect.ts'
import type { Check } from '../node.ts'
import type { Run } from '../run.ts'
import { Unusable } from '../unusable.ts'
import { oneOf, quote, typeOf } from '../words.ts'
import type { Reader } from './reader.ts'

const TYPES = new Set(['array', 'boolean', 'integer', 'null', 'number', 'object', 'string'])

export interface Asked {
  readonly check: Check
  /** In a word or two. */
  readonly expects: string
}

export function typeCheck(read: Reader): Asked | undefined {
  const written = read.any('type')
  if (written === undefined) return undefined
  const types: readonly unknown[] = Array.isArray(written) ? written : [written]
  if (types.length === 0 || !types.every(isType)) throw new Unusable('has a "type" that is none')
  const wanted = new Set<string>(types)
  const expects = oneOf([...wanted])
  const check: Check = (value, run) => {
    const type = typeOf(value)
    if (wanted.has(type) || (wanted.has('integer') && Number.isInteger(value))) return true
    return run.report(
      `expected ${expects}, got ${type === 'number' && wanted.has('integer') ? 'a fraction' : type}`,
    )
  }
  return { check, expects }
}

function isType(type: unknown): type is string {
  return typeof type === 'string' && TYPES.has(type)
}

export function optionChecks(read: Reader): Asked[] {
  const lists = [
    ...(read.has('enum') ? [read.list('enum') ?? []] : []),
    ...(read.has('const') ? [[read.any('const')]] : []),
  ]
  return lists.map((options) => {
    const expects = options.length === 0 ? 'nothing' : oneOf(options.slice(0, MAX_QUOTED).map(quote))
    return { check: optionCheck(options, expects), expects }
  })
}

/** More than are ever shown. */
const MAX_QUOTED = 100

function optionCheck(options: readonly unknown[], expects: string): Check {
  const plain = new Set(options.filter((option) => typeof option !== 'object' || option === null))
  const others = options.filter((option) => typeof option === 'object' && option !== null)
  return (value, run) =>
    plain.has(value) ||
    others.some((option) => isEqual(option, value, run)) ||
    run.report(`expected ${expects}`)
}

/** Costs no more than the option is large. */
function isEqual(option: unknown, value: unknown, run: Run): boolean {
  run.spend(1)
  if (Array.isArray(option)) {
    return (
      Array.isArray(value) &&
      value.length === option.length &&
      option.every((member, index) => isEqual(member, value[index], run))
    )
  }
  if (!isObject(option)) return option === value
  if (!isObject(value)) return false
  const keys = Object.keys(option)
  return (
    Object.keys(value).length === keys.length &&
    keys.every((key) => Object.hasOwn(value, key) && isEqual(option[key], value[key], run))
  )
}
