/** Finds again what the library names by pointers: a place in the schema, through references, and one in the value. */
import type { Schema } from '@cfworker/json-schema'
import type { CompiledSchema } from './compile.ts'
import { isRecord } from '../json/record.ts'

export interface Trace {
  /** The schema that the last word of the pointer stands in. */
  readonly owner: Schema
  /** The words that led to it, the last one first, each with the schema that it stands in. */
  readonly via: readonly { readonly owner: Schema; readonly word: string }[]
}

export function trace(location: string, { root, lookup }: CompiledSchema): Trace | undefined {
  const words = stepsOf(location).slice(0, -1)
  const via: { owner: Schema; word: string }[] = []
  let owner: unknown = root
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? ''
    if (!isRecord(owner)) return undefined
    via.unshift({ owner, word })
    const next: unknown = word === '$ref' ? schemaTargetOf(owner, lookup) : owner[word]
    const isSchema = !Array.isArray(next) && !MAPS.has(word)
    owner = isSchema ? next : member(next, words[(index += 1)] ?? '')
  }
  return isRecord(owner) ? { owner, via } : undefined
}

const MAPS = new Set(['properties', 'patternProperties', 'dependentSchemas'])

export function schemaTargetOf(
  { __absolute_ref__: target }: Schema,
  lookup: CompiledSchema['lookup'],
): unknown {
  return target === undefined ? undefined : lookup[target]
}

export interface SchemaPlace {
  readonly path: readonly (string | number)[]
  readonly value: unknown
}

export function placeIn(value: unknown, location: string): SchemaPlace {
  let at = value
  const path = stepsOf(location).map((step) => {
    const isIndex = Array.isArray(at)
    at = member(at, step)
    return isIndex ? Number(step) : step
  })
  return { path, value: at }
}

function member(of: unknown, name: string): unknown {
  if (Array.isArray(of)) return of[Number(name)]
  return isRecord(of) && Object.hasOwn(of, name) ? of[name] : undefined
}

/** JSON Pointers (RFC 6901) in the fragment of a URI. */
function stepsOf(location: string): readonly string[] {
  const steps = location.split('/').slice(1)
  return steps.map((step) => decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~'))
}
