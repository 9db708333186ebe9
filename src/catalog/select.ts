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
import { prepareChecks, wantedChecks, type Checks, type Wanted } from './checks.ts'
import { crossing, visibilityOf } from './crossing.ts'
import { leftOut, type Edit } from './edit.ts'
import type { KeyMap } from './keys.ts'
import { emittedName, nameEdits } from './names.ts'
import type { ValidateOption } from './options.ts'
import { whyUnusable } from './outputSchema.ts'
import { changesOf, toolHash } from './pin.ts'
import { repairInputSchema } from './repair.ts'
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
  /** The definition as hosts see it; absent when it isn't listed. */
  readonly listed?: Readonly<Record<string, unknown>>
  /** As those hosts see it that lose tools over the other (hosts.ts), where that makes a difference. */
  readonly flat?: Readonly<Record<string, unknown>>
  readonly keys?: KeyMap
  /** What its calls are held to; nothing for what isn't listed. */
  readonly checks?: Checks
  /** Pages of its server may call it (pages.ts). */
  readonly page?: boolean
  /** Only they may: no model gets to see it. */
  readonly pageOnly?: boolean
  /** What of it hosts see otherwise than the server wrote it. */
  readonly edits: readonly Edit[]
  /** What of its calls isn't checked, and why. */
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
  const visible = visibilityOf(tool)
  const forPages = {
    ...(server.apps === true && visible.page && { page: true }),
    ...(!visible.model && { pageOnly: true }),
  }
  const verdict =
    notForHosts(server, visible) ??
    pinVerdict(
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
  const notListed = (why: string): Entry => ({ target, edits: [leftOut(why)], notes: [] })
  if (hash === undefined) return notListed('its definition has no canonical form')
  const input = repairInputSchema(tool.inputSchema)
  if (!input.ok) return notListed(input.why)
  const wanted = wantedChecks(server.validate, tool.name)
  const output = outputOf(server.id, tool, wanted)
  const keys = input.keys === undefined ? {} : { keys: input.keys }
  const { shown, edits } = showTool(server, tool, target, { ...output.shown, inputSchema: input.schema })
  const all = [
    ...nameEdits(target),
    ...input.edits,
    ...output.edits,
    ...edits,
    ...(visible.model ? [] : [FOR_PAGES]),
  ]
  if (verdict.kind === 'block' || verdict.kind === 'hidden') return { target, edits: all, notes: [], ...keys }
  // The last net: whatever else is wrong with it, no host loses its list over one tool.
  if (!isSpecType.Tool(shown)) return notListed('its definition is not one of MCP')
  const held = prepareChecks(server.id, wanted, tool.inputSchema, output.shown.outputSchema)
  return {
    target,
    listed: shown,
    ...(input.flat !== undefined && { flat: { ...shown, inputSchema: input.flat } }),
    edits: all,
    notes: held.notes,
    checks: held.checks,
    ...keys,
    ...forPages,
  }
}

/** What is for pages alone is for nobody where they aren't shown. */
function notForHosts(
  server: CatalogServer,
  { model, page }: ReturnType<typeof visibilityOf>,
): Verdict | undefined {
  if (model || (server.apps === true && page)) return undefined
  const reason = `It is for pages of this server only, which are shown with servers.${server.id}.apps: true.`
  return { kind: 'hidden', risk: 'read', rule: 'apps', reason }
}

const FOR_PAGES: Edit = {
  what: 'left out',
  part: 'lists of hosts that show no pages',
  why: 'its _meta.ui.visibility does not name the model',
}

/** Hosts hold a result to what they are shown, so a schema that isn't to be held to isn't shown. */
function outputOf(
  server: string,
  { outputSchema }: Tool,
  { results }: Wanted,
): Shown<Pick<Tool, 'outputSchema'>> {
  if (outputSchema === undefined) return { shown: {}, edits: [] }
  const why = results
    ? whyUnusable(server, outputSchema)
    : `results are not checked: servers.${server}.validate`
  return why === undefined
    ? { shown: { outputSchema }, edits: [] }
    : { shown: {}, edits: [{ what: 'left out', part: 'outputSchema', why }] }
}

interface Shown<T> {
  readonly shown: T
  readonly edits: readonly Edit[]
}

export function factsOf(name: string, annotations: unknown): Omit<ToolFacts, 'unchanged'> {
  return isRecord(annotations) ? { name, annotations } : { name }
}

function showTool(
  server: CatalogServer,
  tool: Tool,
  { emitted, verdict }: Target,
  schemas: Pick<Tool, 'inputSchema' | 'outputSchema'>,
): Shown<Record<string, unknown>> {
  const crossed = crossing(tool, server)
  const { annotations, execution, inputSchema: _input, outputSchema: _output, ...rest } = crossed.shown
  const claimed = isRecord(annotations) ? annotations : undefined
  const hints = hostAnnotations(claimed, verdict)
  const stricter = Object.keys(claimed ?? {}).filter((hint) => claimed?.[hint] !== hints?.[hint])
  return {
    shown: { ...rest, name: emitted, ...schemas, ...(hints !== undefined && { annotations: hints }) },
    edits: [
      ...crossed.edits,
      ...(execution === undefined ? [] : [TASKS]),
      ...stricter.map((hint): Edit => ({
        what: 'stricter',
        part: hint,
        why: `its verdict is ${verdict.kind}`,
      })),
    ],
  }
}

const TASKS: Edit = { what: 'left out', part: 'execution', why: 'it offers tasks, which do not cross' }

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
