/**
 * Whether hosts can compile a tool's outputSchema. One that doesn't compile, or isn't an object at the top, makes
 * SDK 1.x hosts refuse the whole list; without it a result is simply not checked.
 *
 * Compiling costs up to ten microseconds a byte, and all of it at the expense of the other servers. So each schema is
 * compiled once, and a server gets only so many bytes compiled in a run; what is over is left out as well.
 */
import { isSpecType } from '@modelcontextprotocol/server'
import { AjvJsonSchemaValidator } from '@modelcontextprotocol/server/validators/ajv'
import { canonicalJson } from '../canonical.ts'
import type { Tool } from '../upstream/tool.ts'

type OutputSchema = NonNullable<Tool['outputSchema']>

const MAX_SCHEMA_LENGTH = 32 * 1024
const MAX_SERVER_LENGTH = 256 * 1024

interface Judged {
  length: number
  readonly schemas: Map<string, boolean>
}

const shared = new AjvJsonSchemaValidator()
const byServer = new Map<string, Judged>()

export function isUsableOutputSchema(server: string, schema: OutputSchema): boolean {
  if (schema['type'] !== 'object' || !isListable(schema)) return false
  const text = canonicalJson(schema)
  const judged = byServer.get(server) ?? { length: 0, schemas: new Map<string, boolean>() }
  byServer.set(server, judged)
  const known = judged.schemas.get(text)
  if (known !== undefined) return known
  if (text.length > MAX_SCHEMA_LENGTH || judged.length + text.length > MAX_SERVER_LENGTH) return false
  judged.length += text.length
  const usable = compiles(text)
  judged.schemas.set(text, usable)
  return usable
}

/** A validator keeps what it compiled by `$id`, so one that knew this id already would answer for another schema. */
function compiles(text: string): boolean {
  const validator = /"\$?id":|"\$(?:dynamic|recursive)?[aA]nchor":/.test(text)
    ? new AjvJsonSchemaValidator()
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
  return isSpecType.Tool({ name: 'any', inputSchema: { type: 'object' }, outputSchema })
}
