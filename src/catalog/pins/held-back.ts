/**
 * Chooses what hosts are told of a definition that no human has accepted yet (promise 5). If it changed, they are
 * told the accepted one. If it is new, they are told its name and the names of its arguments, but no sentence, title
 * or example of its server, since a model obeys a description. A call of either asks a human, and the question shows
 * the whole definition. Pure.
 */
import { isRecord, type JsonObject } from '../../json/record.ts'
import type { Verdict } from '../../policy/rules.ts'
import type { Edit } from '../edit.ts'
import { changesOf, definitionHash, NEW, type Change } from './pin.ts'

export interface DefinitionStanding<T> {
  /** SHA-256 of the whole definition as it is now; undefined for what has no canonical form. */
  readonly hash: string | undefined
  /** As it is now, or as it was accepted where that is known. */
  readonly accepted: T
  readonly changes: readonly Change[]
  readonly isNew: boolean
  readonly unchanged: boolean
}

export function definitionStanding<T extends JsonObject>(
  now: T,
  pinned: JsonObject | typeof NEW | undefined,
): DefinitionStanding<T> {
  const hash = definitionHash(now)
  const isNew = pinned === NEW
  const changes = isNew ? [] : changesOf(now, pinned)
  return {
    hash,
    // What was pinned under its name was normalised as one of its kind.
    accepted: isNew || pinned === undefined ? now : (pinned as T),
    changes,
    isNew,
    unchanged: hash !== undefined && changes.length === 0 && !isNew,
  }
}

/** Of a server that may offer only what was accepted. */
export function notLocked(
  { id, strict = false }: { readonly id: string; readonly strict?: boolean },
  { isNew, unchanged }: Pick<DefinitionStanding<JsonObject>, 'isNew' | 'unchanged'>,
): Verdict | undefined {
  if (!strict || unchanged) return undefined
  return {
    kind: 'block',
    risk: 'unknown',
    rule: 'pin: strict',
    reason: `servers.lock ${isNew ? 'does not hold it' : 'holds it otherwise'}: see "sidemux pin ${id}".`,
  }
}

/** @param what "tool", "prompt" or "template" */
export function heldBack(what: string, { changes, isNew }: DefinitionStanding<JsonObject>): readonly Edit[] {
  if (isNew)
    return [
      {
        what: 'held back',
        part: 'words',
        why: `the ${what} is new since its server was first seen, and nobody has accepted it yet`,
      },
    ]
  return changes.map(({ member }): Edit => ({
    what: 'held back',
    part: member,
    why: `it changed, and nobody has accepted the change yet, so hosts are told what was accepted`,
  }))
}

/** A description for a model. @param what "tool", "prompt" or "template" */
export function wordsOfNew(what: 'tool' | 'prompt' | 'template'): string {
  const way = { tool: 'a call of it', prompt: 'this prompt', template: 'it' }[what]
  return `This ${what} is new since its server was first seen. sidemux shows what its server says of it once the user has allowed ${way}.`
}

/** What a call has to be written by, and no words. */
export function bareSchema(schema: unknown): JsonObject {
  return (isRecord(schema) ? bare(schema, 0) : undefined) ?? {}
}

const MAX_DEPTH = 16
/** By word of a schema: how its value is taken. */
const NUMBERS = /^(min|max|exclusiveMin|exclusiveMax|multipleOf)/
const WORD = /^[A-Za-z0-9_.$-]{1,64}$/

function bare(schema: JsonObject, depth: number): JsonObject | undefined {
  if (depth > MAX_DEPTH) return undefined
  return Object.fromEntries(
    Object.entries(schema).flatMap(([word, value]) => {
      const kept = bareValue(word, value, depth + 1)
      return kept === undefined ? [] : [[word, kept]]
    }),
  )
}

function bareValue(word: string, value: unknown, depth: number): unknown {
  const inner = (one: unknown): unknown =>
    isRecord(one) ? (bare(one, depth) ?? {}) : one === true ? {} : one
  switch (word) {
    case 'type':
    case 'required':
    case 'enum':
    case 'format':
    case 'const':
      return isWords(value) ? value : undefined
    case '$ref':
      return typeof value === 'string' && /^#(\/[A-Za-z0-9_.$-]+)*$/.test(value) ? value : undefined
    case 'properties':
    case '$defs':
    case 'definitions':
      return isRecord(value)
        ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, inner(one)]))
        : undefined
    case 'anyOf':
    case 'oneOf':
    case 'allOf':
    case 'prefixItems':
      return Array.isArray(value) ? value.map(inner) : undefined
    case 'items':
      return Array.isArray(value) ? value.map(inner) : inner(value)
    case 'additionalProperties':
      return isRecord(value) || typeof value === 'boolean'
        ? value === true
          ? true
          : inner(value)
        : undefined
    default:
      return NUMBERS.test(word) && typeof value === 'number' ? value : undefined
  }
}

/** A name, or a list of names; a sentence is neither. */
function isWords(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isWords)
  return typeof value === 'string' ? WORD.test(value) : typeof value !== 'object' || value === null
}
