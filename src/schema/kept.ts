/**
 * Schemas made ready, kept by server and text: once for each definition, however often a server lists its tools.
 * Making one ready takes about half a millisecond a KiB, at the expense of everybody else, so a server gets only so
 * much of it at once, and as much again in ten minutes; what is over is not checked until it is listed after that.
 * What was not asked for the longest makes room.
 */
import { canonicalJson } from '../json/canonical.ts'
import { compileSchema, type CompiledSchema } from './compile.ts'
import type { JsonObject } from '../json/record.ts'
import { UnusableSchema } from './unusable.ts'

const MAX_LENGTH = 128 * 1024
const MAX_SERVER_LENGTH = 1024 * 1024
const FORGIVEN_A_MS = MAX_SERVER_LENGTH / 600_000

interface Kept {
  /** Made lately; it goes down with time. */
  made: number
  at: number
  /** By their text, what was asked for last behind the others. */
  readonly schemas: Map<string, CompiledSchema | UnusableSchema>
}

const byServer = new Map<string, Kept>()

/**
 * @param now in milliseconds; doesn't run backwards
 * @throws UnusableSchema
 */
export function keptSchema(server: string, schema: JsonObject, now = performance.now()): CompiledSchema {
  const text = textOf(schema)
  const kept = byServer.get(server) ?? {
    made: 0,
    at: now,
    schemas: new Map<string, CompiledSchema | UnusableSchema>(),
  }
  byServer.set(server, kept)
  const made = kept.schemas.get(text) ?? makeWithin(kept, text, schema, now)
  kept.schemas.delete(text)
  kept.schemas.set(text, made)
  if (made instanceof UnusableSchema) throw made
  return made
}

function makeWithin(
  kept: Kept,
  text: string,
  schema: JsonObject,
  now: number,
): CompiledSchema | UnusableSchema {
  if (text.length > MAX_LENGTH) throw new UnusableSchema(`is longer than ${MAX_LENGTH / 1024} KiB`)
  kept.made = Math.max(0, kept.made - (now - kept.at) * FORGIVEN_A_MS)
  kept.at = now
  if (kept.made + text.length > MAX_SERVER_LENGTH)
    throw new UnusableSchema(
      `is beyond the ${MAX_SERVER_LENGTH / 1024} KiB of schemas that a server may have in ten minutes`,
    )
  kept.made += text.length
  let left = MAX_SERVER_LENGTH - text.length
  for (const known of [...kept.schemas.keys()].toReversed()) {
    left -= known.length
    if (left < 0) kept.schemas.delete(known)
  }
  return make(schema)
}

function make(schema: JsonObject): CompiledSchema | UnusableSchema {
  try {
    return compileSchema(schema)
  } catch (error) {
    if (error instanceof UnusableSchema) return error
    throw error
  }
}

function textOf(schema: JsonObject): string {
  try {
    return canonicalJson(schema)
  } catch {
    throw new UnusableSchema('is not well-formed JSON, or nested too deeply')
  }
}
