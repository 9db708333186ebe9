/**
 * Chooses the capabilities that a server is told of: the part of the host's `ClientCapabilities` that can cross here
 * and that the rules of this server allow, in the host's own shape. A server must not ask for anything else
 * (2026-07-28 basic/patterns/mrtr), so whatever isn't known here, tasks and experiments too, is not told. Pure.
 */
import { isRecord, type JsonObject } from '../json/record.ts'
import type { RelayRules } from './options.ts'

/** MCP Apps. */
export const UI_EXTENSION = 'io.modelcontextprotocol/ui'

/** Whether a host that declares this shows pages of servers. */
export function showsPages({ extensions }: JsonObject): boolean {
  return isRecord(extensions) && isRecord(extensions[UI_EXTENSION])
}

export function mirrored(host: JsonObject, rules: RelayRules): JsonObject {
  const ofHost = known.get(host)
  const before = ofHost?.get(rules)
  if (before !== undefined) return before
  const told = narrowed(host, rules)
  if (ofHost === undefined) known.set(host, new WeakMap([[rules, told]]))
  else ofHost.set(rules, told)
  return told
}

/** Of the same host and rules it is asked at each call. */
const known = new WeakMap<JsonObject, WeakMap<RelayRules, JsonObject>>()

function narrowed(host: JsonObject, rules: RelayRules): JsonObject {
  const elicitation = rules.elicitation === 'off' ? undefined : elicitationOf(host['elicitation'])
  const sampling =
    rules.sampling === 'off' ? undefined : pick(host['sampling'], ['tools', 'context'], isRecord)
  const roots = rules.roots === 'off' ? undefined : pick(host['roots'], ['listChanged'], isBoolean)
  const extensions = rules.apps ? pick(host['extensions'], [UI_EXTENSION], isRecord) : undefined
  return {
    ...(elicitation !== undefined && { elicitation }),
    ...(sampling !== undefined && { sampling }),
    ...(roots !== undefined && { roots }),
    ...(extensions?.[UI_EXTENSION] !== undefined && { extensions }),
  }
}

/** `{}` stands for forms (2025-11-25 client/elicitation), so what is left must not be empty by our doing. */
function elicitationOf(declared: unknown): JsonObject | undefined {
  const modes = pick(declared, ['form', 'url'], isRecord)
  if (modes === undefined || !isRecord(declared)) return undefined
  const isEmptied = Object.keys(modes).length === 0 && ('form' in declared || 'url' in declared)
  return isEmptied ? undefined : modes
}

/** Which modes of elicitation are declared. */
export function elicitationModes(capabilities: JsonObject): ReadonlySet<'form' | 'url'> {
  const modes = elicitationOf(capabilities['elicitation'])
  if (modes === undefined) return new Set()
  const named = (['form', 'url'] as const).filter((mode) => modes[mode] !== undefined)
  return new Set(named.length === 0 ? ['form'] : named)
}

function pick(
  declared: unknown,
  keys: readonly string[],
  isOne: (value: unknown) => boolean,
): JsonObject | undefined {
  if (!isRecord(declared)) return undefined
  return Object.fromEntries(keys.filter((key) => isOne(declared[key])).map((key) => [key, declared[key]]))
}

function isBoolean(value: unknown): boolean {
  return typeof value === 'boolean'
}
