/**
 * Judges how much harm a tool can do, by its name, its arguments, and what its server says (promise 4):
 *
 *   destructive  what is gone afterwards can't be had back, or it runs what it is given
 *   write        it changes something
 *   unknown      the name doesn't tell, and what the server says doesn't count or isn't there
 *   read         the server says read-only, and name and arguments agree
 *
 * - A server's word makes the class stricter. That it is harmless is believed only of what has not changed since it was
 *   first seen, and while the name reads and no argument carries a command, a statement or a method.
 * - `destructiveHint: true` means to MCP that what is there may be changed, and not only added to (2025-11-25 schema,
 *   ToolAnnotations). Of a tool that is called like a plain change (`update_issue`) it says nothing more; of all others
 *   it makes a destructive one.
 * - Silence of a tool that only pages of its own server call (MCP Apps) is taken like a claim to be read-only: no more
 *   than its server could have said. Who calls can't be known, it may be another server's page or a model that learnt
 *   the name, so the name has to agree here too: pages save files by such tools (ext-apps example "pdf", `save_pdf`).
 * - Only the boolean counts, not "true" or 1.
 */
import { STEADY } from '../../json/steady.ts'
import { ofCall, readArguments, type ArgumentFacts } from './arguments.ts'
import { REPLACING } from '../words/lexicon.ts'
import type { RiskClass } from '../risk-class.ts'
import { readName, type Saying } from '../words/words.ts'

export interface ToolFacts {
  /** The upstream name. */
  readonly name: string
  readonly annotations?: Readonly<Record<string, unknown>>
  readonly arguments?: readonly ArgumentFacts[]
  /** Its definition is as it was accepted. */
  readonly unchanged: boolean
  /** Its server, which was known, lists it since, and nobody has accepted it yet. */
  readonly isNew?: boolean
  /** Pages of its server call it, and no model gets to see it (MCP Apps, `_meta.ui.visibility`). */
  readonly pageOnly?: boolean
}

export interface Risk {
  readonly class: RiskClass
  /** Half a sentence for people, e.g. "the server says read-only and the name agrees"; never the server's own text. */
  readonly why: string
}

export function classify(tool: ToolFacts): Risk {
  const ofPages = tool.pageOnly === true && isSilent(tool)
  const readOnly = ofPages ? true : claim(tool, 'readOnlyHint')
  const destructive = claim(tool, 'destructiveHint')
  const { says, word, runs = false } = sayingOf(tool)
  const although = readOnly === true && !ofPages ? ' although its server says read-only' : ''

  if (says === 'destroys') return { class: 'destructive', why: `it says "${word}"${although}` }
  if (destructive === true) {
    if (readOnly === true)
      return { class: 'destructive', why: 'the server says both read-only and destructive' }
    if (says !== 'changes' || runs || REPLACING.has(word))
      return { class: 'destructive', why: 'the server says that it can destroy' }
  }
  if (says === 'changes') return { class: 'write', why: `it says "${word}"${although}` }
  if (readOnly === false) return { class: 'write', why: 'the server says that it changes something' }
  if (says === 'runs') return { class: 'unknown', why: `it runs ${word}${although}` }
  if (!tool.unchanged) return { class: 'unknown', why: whyNotTrusted(tool) }
  if (readOnly === undefined) {
    const why = says === 'reads' ? "the name reads, but the server doesn't say so" : "the server doesn't say"
    return { class: 'unknown', why }
  }
  if (says === 'nothing')
    return { class: 'unknown', why: "the name doesn't tell whether it only reads, as its server says" }
  return {
    class: 'read',
    why: `${ofPages ? 'only pages of its server call it' : 'the server says read-only'} and the name agrees`,
  }
}

/**
 * Of one call: what it chooses by its arguments may do less than the tool can (`action: list | delete`). That it only
 * reads is nothing that a choice can prove, so such a call asks all the same; and which choices a server means that says
 * itself that it destroys is not known.
 */
export function classifyCall(tool: ToolFacts, call: Readonly<Record<string, unknown>>): Risk {
  const can = classify(tool)
  const does = classify(inCall(tool, call))
  if (does.class === can.class) return does
  if (claim(tool, 'destructiveHint') === true) return can
  if (does.class !== 'read') return does
  return { class: 'unknown', why: 'this call chooses what reads, and other calls of the tool can do more' }
}

/** The tool as far as one call uses what it can do. */
export function inCall(tool: ToolFacts, call: Readonly<Record<string, unknown>>): ToolFacts {
  return tool.arguments === undefined ? tool : { ...STEADY, ...tool, arguments: ofCall(tool.arguments, call) }
}

/** Whether the class of a call can be another one than that of the tool. */
export function classVaries(tool: ToolFacts): boolean {
  const { arguments: args = [] } = tool
  if (claim(tool, 'destructiveHint') === true) return false
  const least = args.map((one) => (one.isOwn === true ? { ...one, values: [], isSwitch: false } : one))
  return classify({ ...tool, arguments: least }).class !== classify(tool).class
}

/** Half a sentence. */
export function whyNotTrusted({ isNew = false }: Pick<ToolFacts, 'isNew'>): string {
  return isNew
    ? 'it is new since its server was first seen'
    : 'its definition changed since it was first seen'
}

/** What name and arguments say together, the worse of both. */
export function sayingOf({ name, arguments: args = [] }: Pick<ToolFacts, 'name' | 'arguments'>): Saying {
  const named = readName(name)
  const carried = readArguments(name, args)
  if (carried === undefined || named.says === 'destroys') return named
  if (carried.says === 'destroys' || named.says !== 'changes') return carried
  return { ...STEADY, ...named, runs: true }
}

/** The server says neither that it changes something nor that it doesn't; at most that it destroys nothing. */
function isSilent(tool: ToolFacts): boolean {
  const { annotations = {} } = tool
  if (annotations === null || typeof annotations !== 'object' || Object.hasOwn(annotations, 'readOnlyHint'))
    return false
  return !Object.hasOwn(annotations, 'destructiveHint') || claim(tool, 'destructiveHint') === false
}

/** What the server claims of the tool; undefined where it says nothing that counts. */
export function claim(tool: ToolFacts, hint: 'readOnlyHint' | 'destructiveHint'): boolean | undefined {
  const annotations: unknown = tool.annotations
  if (annotations === null || typeof annotations !== 'object' || !Object.hasOwn(annotations, hint))
    return undefined
  const value = (annotations as Record<string, unknown>)[hint]
  return typeof value === 'boolean' ? value : undefined
}
