/**
 * Schemas made ready, kept by server and text: once for each definition, however often a server lists its tools.
 * Making one ready takes about half a millisecond a KiB, at the expense of everybody else, so a server gets only so
 * much of it in a run; what is over is not checked.
 */
import { canonicalJson } from '../canonical.ts'
import { compileSchema, type CompiledSchema } from './compile.ts'
import type { JsonObject } from './dialect.ts'
import { Unusable } from './unusable.ts'

const MAX_LENGTH = 128 * 1024
const MAX_SERVER_LENGTH = 1024 * 1024

interface Kept {
  length: number
  readonly schemas: Map<string, CompiledSchema | Unusable>
}

const byServer = new Map<string, Kept>()

/** @throws Unusable */
export function keptSchema(server: string, schema: JsonObject): CompiledSchema {
  const text = textOf(schema)
  const kept = byServer.get(server) ?? { length: 0, schemas: new Map<string, CompiledSchema | Unusable>() }
  byServer.set(server, kept)
  const known = kept.schemas.get(text)
  if (known instanceof Unusable) throw known
  if (known !== undefined) return known
  if (text.length > MAX_LENGTH) throw new Unusable(`is longer than ${MAX_LENGTH / 1024} KiB`)
  if (kept.length + text.length > MAX_SERVER_LENGTH)
    throw new Unusable(`is beyond the ${MAX_SERVER_LENGTH / 1024} KiB of schemas that a server may have`)
  kept.length += text.length
  const made = make(schema)
  kept.schemas.set(text, made)
  if (made instanceof Unusable) throw made
  return made
}

function make(schema: JsonObject): CompiledSchema | Unusable {
  try {
    return compileSchema(schema)
  } catch (error) {
    if (error instanceof Unusable) return error
    throw error
  }
}

function textOf(schema: JsonObject): string {
  try {
    return canonicalJson(schema)
  } catch {
    throw new Unusable('is not well-formed JSON, or nested too deeply')
  }
}
