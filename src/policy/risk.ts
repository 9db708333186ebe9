/**
 * How much harm a tool can do, from what its server says about it and what it is called (promise 4).
 *
 * - A server's word can make the class stricter, never laxer than its silence would, with two exceptions that a
 *   person can check: `readOnlyHint: true` is believed while the name agrees, `destructiveHint: false` while the
 *   name names nothing that destroys. Only the boolean counts, not "true" or 1.
 * - A definition that differs from the one first seen says nothing at all until a human has looked at it.
 * - Silence means what MCP says it means: not read-only, and destructive.
 */
import { suspectWord } from './names.ts'
import type { RiskClass } from './options.ts'

export interface ToolFacts {
  /** The upstream name. */
  readonly name: string
  readonly annotations?: Readonly<Record<string, unknown>>
  /** Its definition is as it was first seen. */
  readonly unchanged: boolean
}

export interface Risk {
  readonly class: RiskClass
  /** Half a sentence for people, e.g. "the server says read-only and the name agrees"; never the server's own text. */
  readonly why: string
}

export function classify(tool: ToolFacts): Risk {
  const readOnly = claim(tool, 'readOnlyHint')
  const destructive = claim(tool, 'destructiveHint')
  const suspect = suspectWord(tool.name)
  const although = readOnly === true ? ' although it says read-only' : ''

  if (!tool.unchanged) return { class: 'destructive', why: 'its definition changed since it was first seen' }
  if (readOnly === true && destructive === true) {
    return { class: 'destructive', why: 'the server says both read-only and destructive' }
  }
  if (suspect?.destroys) return { class: 'destructive', why: `named ${suspect.word}${although}` }
  if (readOnly === true && !suspect) {
    return { class: 'read', why: 'the server says read-only and the name agrees' }
  }
  const changing = suspect ? `named ${suspect.word}${although}` : undefined
  if (destructive === false) return { class: 'write', why: changing ?? 'the server says it destroys nothing' }
  if (destructive === true) return { class: 'destructive', why: 'the server says destructive' }
  return { class: 'destructive', why: changing ?? "the server doesn't say that it is harmless" }
}

/** What the server claims of the tool; undefined where it says nothing that counts. */
export function claim(tool: ToolFacts, hint: 'readOnlyHint' | 'destructiveHint'): boolean | undefined {
  const annotations: unknown = tool.annotations
  if (annotations === null || typeof annotations !== 'object' || !Object.hasOwn(annotations, hint))
    return undefined
  const value = (annotations as Record<string, unknown>)[hint]
  return typeof value === 'boolean' ? value : undefined
}
