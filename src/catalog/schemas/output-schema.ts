/**
 * Decides whether hosts can compile a tool's outputSchema. One that doesn't compile, or isn't an object at the top,
 * makes SDK 1.x hosts refuse the whole list; without it a result is simply not checked.
 *
 * Compiling costs up to ten microseconds a byte, and all of it at the expense of the other servers. So each schema is
 * compiled once, and a server gets only so many bytes compiled in a run; what is over is left out as well.
 */
import { createRequire } from 'node:module'
import type { AjvJsonSchemaValidator } from '@modelcontextprotocol/server/validators/ajv'
import { canonicalJson } from '../../json/canonical.ts'
import type { Tool } from '../../upstream/messages/tool.ts'
import { isTool } from '../../wire/shapes/offers.ts'

type OutputSchema = NonNullable<Tool['outputSchema']>

const MAX_SCHEMA_LENGTH = 32 * 1024
const MAX_SERVER_LENGTH = 256 * 1024

interface Judged {
  length: number
  /** Why hosts can't compile it, by its text. */
  readonly schemas: Map<string, string | undefined>
}

type Ajv = new () => Pick<AjvJsonSchemaValidator, 'getValidator'>

let library: { readonly AjvJsonSchemaValidator: Ajv } | undefined
let shared: InstanceType<Ajv> | undefined
const byServer = new Map<string, Judged>()

/** Undefined where hosts can; ends the sentence "it is left out, because …". */
export function whyUnusable(server: string, schema: OutputSchema): string | undefined {
  if (schema['type'] !== 'object' || !isListable(schema))
    return 'hosts of SDK 1.x take only one of type object'
  const text = canonicalJson(schema)
  const judged = byServer.get(server) ?? { length: 0, schemas: new Map<string, string | undefined>() }
  byServer.set(server, judged)
  if (judged.schemas.has(text)) return judged.schemas.get(text)
  if (text.length > MAX_SCHEMA_LENGTH)
    return `it is longer than the ${MAX_SCHEMA_LENGTH / 1024} KiB that are compiled to see whether hosts can`
  if (judged.length + text.length > MAX_SERVER_LENGTH)
    return `it is beyond the ${MAX_SERVER_LENGTH / 1024} KiB of a server that are compiled to see whether hosts can`
  judged.length += text.length
  const why = compiles(text) ? undefined : 'it does not compile, which costs hosts of SDK 1.x the whole list'
  judged.schemas.set(text, why)
  return why
}

/** A validator keeps what it compiled by `$id`, so one that knew this id already would answer for another schema. */
function compiles(text: string): boolean {
  // Loaded when a tool has one: most have none.
  library ??= createRequire(import.meta.url)('@modelcontextprotocol/server/validators/ajv') as {
    readonly AjvJsonSchemaValidator: Ajv
  }
  shared ??= new library.AjvJsonSchemaValidator()
  const validator = /"\$?id":|"\$(?:dynamic|recursive)?[aA]nchor":/.test(text)
    ? new library.AjvJsonSchemaValidator()
    : shared
  try {
    validator.getValidator(JSON.parse(text))
    return true
  } catch {
    return false
  }
}

function isListable(outputSchema: OutputSchema): boolean {
  const { $schema } = outputSchema
  if ($schema !== undefined && typeof $schema !== 'string') return false
  return isTool({ name: 'any', inputSchema: { type: 'object' }, outputSchema })
}
