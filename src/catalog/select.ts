/**
 * One tool of one server on its way into the catalog: its verdict, and what of it the host is shown. Pure.
 *
 * Hosts skip their own question on `readOnlyHint: true`, so it is true only for what the policy itself lets read; the
 * other annotations are the server's, or stricter.
 */
import { isSpecType } from '@modelcontextprotocol/server'
import { decide, pinVerdict, type ToolFacts, type Verdict } from '../policy/rules.ts'
import type { AccessRules, ProfileOptions, ToolRules } from '../policy/options.ts'
import { isRecord } from '../upstream/normalize.ts'
import type { Tool } from '../upstream/tool.ts'
import { prepareChecks, wantedChecks, type Checks } from './checks.ts'
import { crossing } from './crossing.ts'
import { emittedName } from './names.ts'
import type { ValidateOption } from './options.ts'
import { isUsableOutputSchema } from './outputSchema.ts'
import { changesOf, toolHash } from './pin.ts'
import { repairInputSchema, type KeyMap } from './repair.ts'
import type { Target } from './target.ts'

export interface CatalogServer {
  readonly id: string
  /** The operator's, for hosts. */
  readonly description?: string
  readonly launchHash: string
  readonly rules: ToolRules
  /** The narrowing of the chosen profile, when it has one. */
  readonly profile?: ProfileOptions['tools']
  readonly validate?: ValidateOption
  readonly prompts?: AccessRules
  readonly resources?: AccessRules
  /** The narrowing of prompts and resources by the chosen profile. */
  readonly narrowed?: Pick<ProfileOptions, 'prompts' | 'resources'>
  /** MCP Apps of this server are shown. */
  readonly apps?: boolean
}

export interface Entry {
  readonly target: Target
  /** The definition as the host sees it; absent when it isn't listed. */
  readonly listed?: Readonly<Record<string, unknown>>
  readonly keys?: KeyMap
  /** What its calls are held to; nothing for what isn't listed. */
  readonly checks?: Checks
  /** What was repaired, or why it was left out. */
  readonly notes: readonly string[]
}

/** @param emitted where another tool of the server wants the same name (names.ts) */
export function select(
  server: CatalogServer,
  tool: Tool,
  pinned: Tool | undefined,
  emitted: string = emittedName(server.id, tool.name),
): Entry {
  const hash = toolHash(tool)
  const changes = changesOf(tool, pinned)
  const unchanged = hash !== undefined && changes.length === 0
  const verdict = pinVerdict(
    decide({ ...factsOf(tool.name, tool.annotations), unchanged }, server.rules, server.profile),
    unchanged,
  )
  const target: Target = {
    kind: 'tool',
    server: server.id,
    name: tool.name,
    emitted,
    definition: tool,
    verdict,
    hash: hash ?? 'unhashable',
    launchHash: server.launchHash,
    changes,
  }
  if (hash === undefined) return { target, notes: ['left out: its definition has no canonical form'] }
  const repaired = repairInputSchema(tool.inputSchema)
  if (!repaired.ok) return { target, notes: [`left out: ${repaired.why}`] }
  const { inputSchema, outputSchema } = tool
  const wanted = wantedChecks(server.validate, tool.name)
  // Hosts hold a result to what they are shown, so a schema that isn't to be held to isn't shown.
  const output =
    outputSchema !== undefined && wanted.results && isUsableOutputSchema(server.id, outputSchema)
      ? outputSchema
      : undefined
  const notes = [
    ...repaired.repairs,
    ...(outputSchema !== undefined && output === undefined ? ['its outputSchema was left out'] : []),
  ]
  const keys = repaired.keys === undefined ? {} : { keys: repaired.keys }
  if (verdict.kind === 'block' || verdict.kind === 'hidden') return { target, notes, ...keys }
  const shown = listed(server, tool, emitted, repaired.schema, output, verdict)
  // The last net: whatever else is wrong with it, no host loses its list over one tool.
  if (!isSpecType.Tool(shown))
    return { target, notes: ['left out: its definition is not one of MCP'], ...keys }
  const held = prepareChecks(server.id, wanted, inputSchema, output)
  return { target, listed: shown, notes: [...notes, ...held.notes], checks: held.checks, ...keys }
}

export function factsOf(name: string, annotations: unknown): Omit<ToolFacts, 'unchanged'> {
  return isRecord(annotations) ? { name, annotations } : { name }
}

function listed(
  server: CatalogServer,
  tool: Tool,
  emitted: string,
  inputSchema: unknown,
  outputSchema: unknown,
  verdict: Verdict,
): Record<string, unknown> {
  // `execution` offers tasks, which don't cross, so they aren't promised.
  const {
    name: _name,
    annotations,
    execution: _execution,
    inputSchema: _input,
    outputSchema: _output,
    ...rest
  } = crossing(tool, server)
  const shownAnnotations = hostAnnotations(isRecord(annotations) ? annotations : undefined, verdict)
  return {
    ...rest,
    name: emitted,
    inputSchema,
    ...(outputSchema === undefined ? {} : { outputSchema }),
    ...(shownAnnotations === undefined ? {} : { annotations: shownAnnotations }),
  }
}

/**
 * As the server wrote them, made stricter where the verdict is and never laxer. A silent server stays silent: to MCP it
 * then is what can do the worst (2025-11-25 schema, ToolAnnotations: not read-only, destructive).
 */
export function hostAnnotations(
  claimed: Tool['annotations'],
  verdict: Verdict,
): Tool['annotations'] | undefined {
  if (claimed === undefined) return undefined
  const readOnly = verdict.kind === 'allow' && verdict.risk === 'read'
  return {
    ...claimed,
    ...(claimed['readOnlyHint'] === true && !readOnly && { readOnlyHint: false }),
    ...(claimed['destructiveHint'] === false && verdict.risk === 'destructive' && { destructiveHint: true }),
  }
}
