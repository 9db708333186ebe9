/**
 * Makes a tool's inputSchema one that hosts can list, or says why it can't be done: what isn't one costs a host its
 * whole list (no inputSchema, a `required` that is no list, a property key that APIs of models reject). Some hosts lose
 * it over alternatives at the top as well; for those there is a second form (flatten.ts).
 *
 * Repair only ever loosens what the model is told; the server still checks its own schema. Pure.
 */
import { isRecord } from '../../json/record.ts'
import type { Edit } from '../edit.ts'
import { alternativesOf, flatten, requiredOf } from './flatten.ts'
import type { KeyMap } from './keys.ts'
import { renameKeys } from './rename-keys.ts'
import type { Schema } from './schema-parts.ts'

export type Repaired =
  | {
      readonly ok: true
      readonly schema: Schema
      /** For hosts that lose their list over what is at the top of the other; absent where that is nothing. */
      readonly flat?: Schema
      readonly keys?: KeyMap
      readonly edits: readonly Edit[]
    }
  | { readonly ok: false; readonly why: string }

export function repairInputSchema(input: unknown): Repaired {
  if (input === undefined)
    return { ok: true, schema: { type: 'object', properties: {} }, edits: [repaired('there was none')] }
  if (!isRecord(input)) return { ok: false, why: 'its inputSchema is not an object' }
  const { type } = input
  if (type !== undefined && ![type].flat().includes('object'))
    return { ok: false, why: 'its inputSchema is not of type object' }
  const typed = wellTyped(input)
  const { schema, keys, loosened } = renameKeys(typed ?? input)
  const isListable = schema['type'] === 'object' && isRecord(schema['properties'])
  const listable = isListable ? schema : { properties: {}, ...schema, type: 'object' }
  const isSound = COMBINATORS.every((word) => !Object.hasOwn(listable, word) || areSchemas(listable[word]))
  const shown = isSound ? listable : flatten(listable)
  const alternatives = alternativesOf(shown)
  return {
    ok: true,
    schema: shown,
    ...(alternatives.length > 0 && { flat: flatten(shown) }),
    ...(keys !== undefined && { keys }),
    edits: [
      ...(isListable ? [] : [repaired('hosts want its type to be object, and properties')]),
      ...(typed === undefined ? [] : [repaired('$schema, required or properties were not of their type')]),
      ...(isSound ? [] : [repaired('its alternatives were no schemas, and are flattened')]),
      ...(keys === undefined ? [] : [repaired('property keys that hosts reject have other names there')]),
      ...(loosened ? [LOOSENED] : []),
      ...(alternatives.length === 0 ? [] : [flattened(alternatives)]),
    ],
  }
}

const COMBINATORS = ['oneOf', 'anyOf', 'allOf'] as const

/** JSON Schema 2020-12 core, 10.2.1: at least one, each an object or a boolean. */
function areSchemas(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((one: unknown) => isRecord(one) || typeof one === 'boolean')
  )
}

const LOOSENED: Edit = {
  what: 'loosened',
  part: 'inputSchema',
  why: 'a part has keys that hosts reject and that can not be mapped back, or is nested too deeply',
}

function repaired(why: string): Edit {
  return { what: 'repaired', part: 'inputSchema', why }
}

function flattened(words: readonly string[]): Edit {
  const why = `${words.join(', ')} at its top are flattened for hosts that lose tools over them`
  return { what: 'loosened', part: 'inputSchema', why }
}

/** SDK hosts check these three by type, and one that is wrong costs them the whole list; undefined when all is well. */
function wellTyped(schema: Schema): Schema | undefined {
  const { $schema, required, properties, ...rest } = schema
  const members = isRecord(properties) ? Object.entries(properties) : []
  const isFine =
    ($schema === undefined || typeof $schema === 'string') &&
    (required === undefined ||
      (Array.isArray(required) && required.every((name) => typeof name === 'string'))) &&
    (properties === undefined || isRecord(properties)) &&
    members.every(([, member]) => isRecord(member))
  if (isFine) return undefined
  const names = requiredOf(schema)
  return {
    ...rest,
    ...(typeof $schema === 'string' ? { $schema } : {}),
    ...(names.length === 0 ? {} : { required: names }),
    properties: Object.fromEntries(
      members.map(([key, member]) => [key, isRecord(member) ? member : member === false ? { not: {} } : {}]),
    ),
  }
}
