/** The JSON Schema of servers.yaml, generated from the same schema that reads it. Same input, same bytes. */
import { z } from 'zod'
import { configOptions } from './schema.ts'

export type JsonSchema = z.core.JSONSchema.BaseSchema

/** Draft 7 is what the YAML language server of editors understands best. */
export function jsonSchema(): JsonSchema {
  return z.toJSONSchema(configOptions, { io: 'input', target: 'draft-7' })
}

export function jsonSchemaText(): string {
  const { $schema, ...schema } = jsonSchema()
  const whole = {
    $schema,
    title: 'sidemux servers.yaml',
    ...schema,
    anyOf: [{ required: ['servers'] }, { required: ['mcpServers'] }],
  }
  return `${JSON.stringify(whole, undefined, 2)}\n`
}
