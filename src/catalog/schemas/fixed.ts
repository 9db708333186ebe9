/**
 * A schema as hosts are shown it where arguments are fixed (`tools.set`): without them, so that no model chooses what it
 * can't choose. Alternatives at its top may speak of them in many ways, so such a schema is flattened (flatten.ts); that
 * only loosens what the model is told, and the call with all its arguments is held to the server's own. Pure.
 */
import type { Fixed } from '../../policy/set.ts'
import { isRecord } from '../../json/record.ts'
import type { Edit } from '../edit.ts'
import { alternativesOf, flatten } from './flatten.ts'
import type { Schema } from './schema-parts.ts'

/** Whether the tool says that it takes an argument of this name. */
export function argumentNames(inputSchema: unknown): (name: string) => boolean {
  const properties = isRecord(inputSchema) ? flatten(inputSchema)['properties'] : undefined
  return (name) => isRecord(properties) && Object.hasOwn(properties, name)
}

export function withoutFixed(inputSchema: unknown, fixed: Fixed): unknown {
  if (fixed.size === 0 || !isRecord(inputSchema)) return inputSchema
  const schema = alternativesOf(inputSchema).length > 0 ? flatten(inputSchema) : inputSchema
  return Object.fromEntries(
    Object.entries(schema).flatMap(([word, value]) => wordWithout(word, value, fixed)),
  )
}

/** Words that say what else has to be there beside an argument; one that is always there is beside all. */
const DEPENDENT = new Set(['dependentRequired', 'dependentSchemas', 'dependencies'])

function wordWithout(word: string, value: unknown, fixed: Fixed): readonly (readonly [string, unknown])[] {
  if (word === 'required' && Array.isArray(value)) {
    const left = value.filter((name) => !fixed.has(String(name)))
    return left.length === 0 && value.length > 0 ? [] : [[word, left]]
  }
  if (word === 'properties' && isRecord(value)) return [[word, without(value, fixed)]]
  if (DEPENDENT.has(word) && isRecord(value)) {
    const left = Object.entries(without(value, fixed)).map(([name, then]) => [
      name,
      Array.isArray(then) ? then.filter((one) => !fixed.has(String(one))) : then,
    ])
    return [[word, Object.fromEntries(left)]]
  }
  if ((word === 'minProperties' || word === 'maxProperties') && typeof value === 'number')
    return [[word, Math.max(0, value - fixed.size)]]
  return [[word, value]]
}

function without(members: Schema, fixed: Fixed): Schema {
  return Object.fromEntries(Object.entries(members).filter(([name]) => !fixed.has(name)))
}

export function fixedEdits(fixed: Fixed, has: (name: string) => boolean): readonly Edit[] {
  return [...fixed.keys()].map((name) => ({
    what: 'left out',
    part: `argument ${JSON.stringify(name)}`,
    why: has(name) ? 'tools.set fixes it' : 'tools.set fixes it, though its inputSchema does not name it',
  }))
}

/** For `sidemux tools`: what is put in. */
export function fixedNotes(fixed: Fixed): readonly string[] {
  return [...fixed].map(([name, value]) => `${name} is fixed: ${cut(JSON.stringify(value) ?? '')}`)
}

function cut(text: string): string {
  return text.length <= 100 ? text : `${text.slice(0, 100).toWellFormed()}…`
}
