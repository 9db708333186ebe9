/**
 * Says which property keys and values of a schema hosts reject, and what they are called instead. One such key (outside
 * `^[a-zA-Z0-9_.-]{1,64}$`) costs some hosts the whole list; a value in which something can't be seen (unseen.ts) is told with it
 * written out. Pure.
 */
import { sha256 } from '../../json/canonical.ts'
import { isRecord } from '../../json/record.ts'
import { escaped, holdsUnseen } from '../unseen.ts'
import type { Schema } from './schema-parts.ts'

export const LEGAL_KEY = /^[a-zA-Z0-9_.-]{1,64}$/
/** Words of values that a call may be written with. */
export const VALUES = new Set(['enum', 'const', 'default', 'examples', 'example'])

/** Those that a host would reject in this very schema. */
export function illegalKeys({ properties, required, dependentRequired, ...rest }: Schema): readonly string[] {
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

/** Values that a call may be written with, and in which something can't be seen. */
export function unseenValues(schema: Schema): readonly string[] {
  return [...VALUES]
    .flatMap((word) => [schema[word]].flat())
    .filter((one) => typeof one === 'string' && holdsUnseen(one)) as string[]
}

export function legal(key: string): string {
  if (LEGAL_KEY.test(key)) return key
  return `${key.replace(/[^a-zA-Z0-9_.-]+/g, '_').slice(0, 50)}-${sha256(key).slice(0, 8)}`
}

export function legalNames(names: unknown): unknown {
  return Array.isArray(names) ? names.map((name) => (typeof name === 'string' ? legal(name) : name)) : names
}

const OF_KEYS = new Set(['properties', 'dependentSchemas', 'dependencies'])

export function keyIn(word: string, key: string): string {
  if (word === 'patternProperties') return escaped(key)
  return OF_KEYS.has(word) || holdsUnseen(key) ? legal(key) : key
}

export function keysOf(value: unknown): readonly string[] {
  return isRecord(value) ? Object.keys(value) : []
}

function valuesOf(value: unknown): readonly unknown[] {
  return isRecord(value) ? Object.values(value) : []
}
