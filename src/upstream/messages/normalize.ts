/**
 * Corrects what a child sends before other code relies on it. Pure. A wrong member, tool or content block is dropped
 * or replaced by itself and never affects its neighbours.
 *
 * Tools: an entry needs a name of 1 to 256 visible characters; of two with the same name the first counts. A known
 * member of the wrong type is left out (a hint that isn't a boolean too, so the stricter default holds); unknown
 * members are kept. A missing inputSchema stays missing. Halves of surrogate pairs become U+FFFD and infinite numbers
 * go, because neither can be hashed, and a pin and a yes are bound to the definition's hash.
 *
 * Other lists: lists.ts. Results: results.ts.
 */
import { ExactNumber } from '../../json/number.ts'
import { writeJson } from '../../json/write.ts'
import { visibleLine } from '../../visible.ts'
import type { Tool } from './tool.ts'
import { isRecord, type JsonObject } from '../../json/record.ts'
import { mapItems } from '../../json/same.ts'
import { RESERVED_PREFIX } from '../../wire/message.ts'
import { isContentBlock } from '../../wire/shapes/content.ts'

const isString = (value: unknown): boolean => typeof value === 'string'
const isBoolean = (value: unknown): boolean => typeof value === 'boolean'

const TOOL_MEMBERS: ReadonlyMap<string, (value: unknown) => boolean> = new Map([
  ['title', isString],
  ['description', isString],
  ['inputSchema', isRecord],
  ['outputSchema', isRecord],
  ['annotations', isRecord],
  ['icons', Array.isArray],
  ['execution', isRecord],
  ['_meta', isRecord],
])

const ANNOTATIONS: ReadonlyMap<string, (value: unknown) => boolean> = new Map([
  ['title', isString],
  ['readOnlyHint', isBoolean],
  ['destructiveHint', isBoolean],
  ['idempotentHint', isBoolean],
  ['openWorldHint', isBoolean],
])

const MAX_NAME_LENGTH = 256

export interface NormalizedTools {
  readonly tools: readonly Tool[]
  /** One sentence for each thing that was left out. */
  readonly warnings: readonly string[]
}

/** @param raw the `tools` member of the child's answer, or several of them joined. */
export function normalizeTools(raw: unknown): NormalizedTools {
  if (!Array.isArray(raw)) return { tools: [], warnings: ['the tool list is not a list and counts as empty'] }
  const tools = new Map<string, Tool>()
  const warnings: string[] = []
  for (const [index, entry] of raw.entries()) {
    const name: unknown = isRecord(entry) ? entry['name'] : undefined
    if (!isRecord(entry) || typeof name !== 'string' || !isUsableName(name)) {
      warnings.push(`tool ${index + 1} of the list has no usable name${shownName(name)} and is left out`)
    } else if (tools.has(name)) {
      warnings.push(`tool ${index + 1} of the list is a second "${name}" and is left out`)
    } else {
      tools.set(name, normalizeTool(name, entry, warnings))
    }
  }
  return { tools: [...tools.values()], warnings }
}

/** Of a name that can't be used, what hides in it written out. */
export function shownName(name: unknown): string {
  if (typeof name !== 'string' || name.trim() === '') return ''
  const shown = visibleLine(name)
  return ` (${JSON.stringify(shown.length > MAX_SHOWN ? `${shown.slice(0, MAX_SHOWN).toWellFormed()}…` : shown)})`
}

const MAX_SHOWN = 80

export function isUsableName(name: string): boolean {
  return name.length > 0 && name.length <= MAX_NAME_LENGTH && name.trim() !== '' && visibleLine(name) === name
}

function normalizeTool(name: string, entry: JsonObject, warnings: string[]): Tool {
  const tidy = tidyValue(entry) as JsonObject
  const { kept, dropped } = onlyWellTyped(tidy, TOOL_MEMBERS)
  if (isRecord(kept['annotations'])) {
    const annotations = onlyWellTyped(kept['annotations'], ANNOTATIONS)
    kept['annotations'] = annotations.kept
    dropped.push(...annotations.dropped.map((member) => `annotations.${member}`))
  }
  if (dropped.length > 0) warnings.push(`tool "${name}" is used without its ill-typed ${dropped.join(', ')}`)
  return { ...kept, name }
}

export function onlyWellTyped(
  value: JsonObject,
  types: ReadonlyMap<string, (value: unknown) => boolean>,
): { kept: Record<string, unknown>; dropped: string[] } {
  const kept: [string, unknown][] = []
  const dropped: string[] = []
  for (const [member, content] of Object.entries(value)) {
    const isWellTyped = types.get(member)
    if (isWellTyped === undefined || isWellTyped(content)) kept.push([member, content])
    else dropped.push(member)
  }
  return { kept: Object.fromEntries(kept), dropped }
}

/** Nesting is bounded by framing.ts, so recursion is safe. */
export function tidyValue(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed()
  if (Array.isArray(value)) return value.map((item: unknown) => tidyValue(item) ?? null)
  if (value instanceof ExactNumber) return value.valueOf()
  if (!isRecord(value)) return typeof value === 'number' && !Number.isFinite(value) ? undefined : value
  const entries = Object.entries(value).map(
    ([key, content]) => [key.toWellFormed(), tidyValue(content)] as const,
  )
  return Object.fromEntries(entries.filter(([, content]) => content !== undefined))
}

export function normalizeContent(content: unknown): readonly unknown[] {
  if (content === undefined || content === null) return []
  return mapItems(Array.isArray(content) ? content : [content], normalizeBlock)
}

export function normalizeBlock(block: unknown): unknown {
  if (isContentBlock(block)) return block
  if (typeof block === 'string') return { type: 'text', text: block }
  const withoutNulls = isRecord(block) ? withoutNullMembers(block) : block
  if (withoutNulls !== block && isContentBlock(withoutNulls)) return withoutNulls
  return { type: 'text', text: writeJson(block) }
}

function withoutNullMembers(block: JsonObject): JsonObject {
  const entries = Object.entries(block)
  const kept = entries.filter(([, value]) => value !== null)
  return kept.length === entries.length ? block : Object.fromEntries(kept)
}

export function withoutReserved(meta: JsonObject): JsonObject {
  if (!Object.keys(meta).some((key) => key.startsWith(RESERVED_PREFIX))) return meta
  return Object.fromEntries(Object.entries(meta).filter(([key]) => !key.startsWith(RESERVED_PREFIX)))
}

/** Those of a server that are used (2026-07-28 basic/versioning); others don't cross. */
const CAPABILITIES = ['tools', 'prompts', 'resources', 'completions', 'logging'] as const

/** The answer to `initialize` or `server/discover`, reduced to what the sidecar uses of it. */
export function normalizeHandshake(raw: JsonObject): Record<string, unknown> {
  const capabilities = isRecord(raw['capabilities']) ? raw['capabilities'] : {}
  const server = isRecord(raw['serverInfo']) ? raw['serverInfo'] : {}
  const clean: Record<string, unknown> = {
    capabilities: Object.fromEntries(
      CAPABILITIES.flatMap((name) => {
        const declared = capabilities[name]
        if (declared !== true && !isRecord(declared)) return []
        const flag = (member: string): boolean => isRecord(declared) && declared[member] === true
        return [[name, { listChanged: flag('listChanged'), subscribe: flag('subscribe') }]]
      }),
    ),
    serverInfo: { name: text(server['name']), version: text(server['version']) },
  }
  for (const member of ['protocolVersion', 'supportedVersions', 'resultType']) {
    if (member in raw) clean[member] = raw[member]
  }
  return clean
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
