/**
 * Finds the keys that the schema knows at a path. It reads the generated JSON Schema, which is plain data and
 * complete.
 */
import { jsonSchema, type JsonSchema as Schema } from './json-schema.ts'
import { HOST_KEYS } from '../paste/host-keys.ts'
import { isRecord } from '../../json/record.ts'
import type { Path } from '../problem.ts'

/** Made when the first mistake needs it. */
let cached: Schema | undefined

export function knownKeys(path: Path, value: unknown): readonly string[] {
  cached ??= jsonSchema()
  let schema: Schema | undefined = cached
  let inside = value
  for (const step of path) {
    schema = member(choose(schema, inside), step)
    inside = isRecord(inside) || Array.isArray(inside) ? Reflect.get(inside, step) : undefined
  }
  const isEntry = path.length === 2 && path[0] === 'servers'
  return Object.keys(choose(schema, inside)?.properties ?? {}).filter(
    (key) => !(isEntry && Object.hasOwn(HOST_KEYS, key)) && key !== '$schema' && key !== 'mcpServers',
  )
}

/** Of several shapes, the one whose `type` the value has; of a switch that may also be a mapping, the mapping. */
function choose(schema: Schema | undefined, value: unknown): Schema | undefined {
  const mapping = schema?.anyOf?.map(asSchema).find((one) => one?.properties !== undefined)
  if (mapping !== undefined) return mapping
  const type = isRecord(value) ? value['type'] : undefined
  return (
    schema?.oneOf?.map(asSchema).find((one) => asSchema(one?.properties?.['type'])?.const === type) ?? schema
  )
}

function member(schema: Schema | undefined, step: string | number): Schema | undefined {
  if (typeof step === 'number') return Array.isArray(schema?.items) ? undefined : asSchema(schema?.items)
  return asSchema(schema?.properties?.[step]) ?? asSchema(schema?.additionalProperties)
}

/** What stands in more than one place stands under `definitions`, and is referred to. */
function asSchema(schema: Schema | boolean | undefined): Schema | undefined {
  if (typeof schema !== 'object') return undefined
  const name = schema.$ref?.split('/').at(-1)
  return name === undefined ? schema : asSchema(definitions()[name])
}

function definitions(): Readonly<Record<string, Schema | boolean>> {
  return (cached?.['definitions'] ?? {}) as Readonly<Record<string, Schema | boolean>>
}
