/**
 * One tool of one server on its way into the catalog: its verdict, and what of it the host is shown. Pure.
 *
 * Hosts skip their own question on `readOnlyHint: true`, so it is true only for what the policy itself lets read; the
 * other annotations are the server's, or stricter.
 */
import { argumentFactsOf } from '../../policy/risk/arguments.ts'
import { classVaries } from '../../policy/risk/risk.ts'
import { decide, pinVerdict, variesByCall, type ToolFacts, type Verdict } from '../../policy/rules.ts'
import { fixedArguments, type Fixed } from '../../policy/set.ts'
import { ELSEWHERE, type ServerPlace } from '../../policy/where/place.ts'
import type { AccessRules, ProfileOptions, ToolRules } from '../../policy/options.ts'
import { isRecord, type JsonObject } from '../../json/record.ts'
import type { Tool } from '../../upstream/messages/tool.ts'
import { prepareChecks, wantedChecks, type Checks, type WantedChecks } from './checks.ts'
import { crossing, visibilityOf } from '../addresses/crossing.ts'
import { leftOut, type Edit } from '../edit.ts'
import { argumentNames, fixedEdits, fixedNotes, withoutFixed } from '../schemas/fixed.ts'
import type { KeyMap } from '../schemas/keys.ts'
import { emittedName, nameEdits } from '../names.ts'
import type { ValidateOption } from '../options.ts'
import { whyUnusable } from '../schemas/output-schema.ts'
import { bareSchema, definitionStanding, heldBack, notLocked, wordsOfNew } from '../pins/held-back.ts'
import type { NEW } from '../pins/pin.ts'
import { repairInputSchema } from '../schemas/repair.ts'
import { namesAndValues, type Schema } from '../schemas/schema-parts.ts'
import type { Target } from '../target.ts'
import { holdsUnseen, mapStrings, withoutUnseen } from '../unseen.ts'
import { isTool } from '../../wire/shapes/offers.ts'

export interface CatalogServer {
  readonly id: string
  /** The operator's, for hosts. */
  readonly description?: string
  readonly launchHash: string
  readonly rules: ToolRules
  /** The narrowing of the chosen profile, when it has one. */
  readonly profile?: ProfileOptions['tools']
  /** Where paths in its arguments are; elsewhere, where nothing is said. */
  readonly place?: ServerPlace
  readonly validate?: ValidateOption
  readonly prompts?: AccessRules
  readonly resources?: AccessRules
  /** The narrowing of prompts and resources by the chosen profile. */
  readonly narrowed?: Pick<ProfileOptions, 'prompts' | 'resources'>
  /** It may offer what was accepted, and nothing else. */
  readonly strict?: boolean
  /** MCP Apps of this server are shown. */
  readonly apps?: boolean
  /** Long results are cut, so hosts can't hold them to a schema. */
  readonly cutsResults?: boolean
}

export interface Entry {
  /** Its verdict is that of the list; where the arguments decide over it or its class, `verdictOf` has the one of a call. */
  readonly target: Target
  /** The verdict of a call with these arguments, `fixed` included; absent where they decide nothing. */
  readonly verdictOf?: (args: Readonly<Record<string, unknown>>) => Verdict
  /** Arguments that the operator fixed, by the server's names. */
  readonly fixed?: Fixed
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
  pinned: JsonObject | typeof NEW | undefined,
  emitted: string = emittedName(server.id, tool.name),
): Entry {
  const standing = definitionStanding(tool, pinned)
  const { hash, changes, isNew, unchanged } = standing
  const told = isNew ? bareTool(tool) : standing.accepted
  const visible = visibleTo(tool, standing.accepted)
  const forPages = {
    ...(server.apps === true && visible.page && { page: true }),
    ...(!visible.model && { pageOnly: true }),
  }
  const facts = { ...factsOf(tool, forPages), unchanged, isNew }
  const barred = notForHosts(server, visible) ?? notLocked(server, standing)
  const verdict = barred ?? judged(facts, server)
  const byCall = barred === undefined &&
    (variesByCall(tool.name, server.rules, server.profile) || classVaries(facts)) && {
      verdictOf: (args: Readonly<Record<string, unknown>>): Verdict => judged(facts, server, args),
    }
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
    ...(isNew && { isNew }),
  }
  const notListed = (why: string): Entry => ({ target, edits: [leftOut(why)], notes: [] })
  if (hash === undefined) return notListed('its definition has no canonical form')
  const [isOfNow, isOfThen] = [argumentNames(tool.inputSchema), argumentNames(told.inputSchema)]
  const has = (name: string): boolean => isOfNow(name) || isOfThen(name)
  const fixed = fixedArguments(server.rules.set, tool.name, has)
  const input = repairInputSchema(withoutFixed(told.inputSchema, fixed))
  if (!input.ok) return notListed(input.why)
  const wanted = wantedChecks(server.validate, tool.name)
  const output = outputOf(server.id, told, wanted)
  const keys = input.keys === undefined ? {} : { keys: input.keys }
  const cuts = server.cutsResults === true && output.shown.outputSchema !== undefined
  const schemas = { ...(cuts ? {} : output.shown), inputSchema: input.schema }
  const { shown, edits } = showTool(server, told, target, schemas)
  const all = [
    ...nameEdits(target),
    ...heldBack('tool', standing),
    ...fixedEdits(fixed, has),
    ...input.edits,
    ...output.edits,
    ...(cuts ? [cutEdit(server.id)] : []),
    ...edits,
    ...(visible.model ? [] : [FOR_PAGES]),
  ]
  if (verdict.kind === 'block' || verdict.kind === 'hidden') return { target, edits: all, notes: [], ...keys }
  // The last net: whatever else is wrong with it, no host loses its list over one tool.
  if (!isTool(shown)) return notListed('its definition is not one of MCP')
  // Calls are written by what hosts are shown. Of a new one that is too little to hold a call to the rest unseen.
  const held = isNew
    ? { checks: {}, notes: ['arguments and results are not checked: it is new'] }
    : prepareChecks(server.id, wanted, told.inputSchema, output.shown.outputSchema)
  return {
    target,
    listed: shown,
    ...(input.flat !== undefined && { flat: { ...shown, inputSchema: input.flat } }),
    edits: all,
    notes: [...fixedNotes(fixed), ...held.notes],
    checks: held.checks,
    ...byCall,
    ...(fixed.size > 0 && { fixed }),
    ...keys,
    ...forPages,
  }
}

/** @param args undefined for the tool as it is listed */
function judged(
  facts: ToolFacts,
  { rules, profile, place = ELSEWHERE }: CatalogServer,
  args?: Readonly<Record<string, unknown>>,
): Verdict {
  return pinVerdict(decide(facts, rules, profile, args && { args, place }), facts)
}

/** It says nothing that its server wrote in sentences. */
function bareTool({ name, inputSchema, annotations = {} }: Tool): Tool {
  // That it is harmless is a word of its own too.
  const hints = Object.entries(annotations).filter(
    ([name, hint]) => typeof hint === 'boolean' && (name !== 'destructiveHint' || hint),
  )
  return {
    name,
    description: wordsOfNew('tool'),
    ...(inputSchema !== undefined && { inputSchema: bareSchema(inputSchema) }),
    ...(hints.length > 0 && { annotations: Object.fromEntries(hints) }),
  }
}

/** Only for whom it is now and was when it was accepted. */
function visibleTo(tool: Tool, accepted: Tool): ReturnType<typeof visibilityOf> {
  const [now, before] = [visibilityOf(tool), visibilityOf(accepted)]
  return { model: now.model && before.model, page: now.page && before.page }
}

/** The rule of that verdict. */
export const NOT_FOR_HOSTS = 'apps'

/** What is for pages alone is for nobody where they aren't shown. */
function notForHosts(
  server: CatalogServer,
  { model, page }: ReturnType<typeof visibilityOf>,
): Verdict | undefined {
  if (model || (server.apps === true && page)) return undefined
  const reason = `It is for pages of this server only, which are shown with servers.${server.id}.apps: true.`
  return { kind: 'hidden', risk: 'read', rule: NOT_FOR_HOSTS, reason }
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
  { results }: WantedChecks,
): Shown<Pick<Tool, 'outputSchema'>> {
  if (outputSchema === undefined) return { shown: {}, edits: [] }
  const why = results
    ? (whyUnusable(server, outputSchema) ?? whyUnseen(outputSchema))
    : `results are not checked: servers.${server}.validate`
  return why === undefined
    ? { shown: { outputSchema: mapStrings(outputSchema, withoutUnseen) }, edits: [] }
    : { shown: {}, edits: [{ what: 'left out', part: 'outputSchema', why }] }
}

function cutEdit(server: string): Edit {
  const why = `a long result is cut, and would not fit it: servers.${server}.maxResult`
  return { what: 'left out', part: 'outputSchema', why }
}

/** Results are held to it as they come, so that no name or value in it can be told otherwise. */
function whyUnseen(schema: Schema): string | undefined {
  return namesAndValues(schema).some((text) => holdsUnseen(text))
    ? 'names or values in it hold characters that nobody sees'
    : undefined
}

interface Shown<T> {
  readonly shown: T
  readonly edits: readonly Edit[]
}

export function factsOf(
  { name, annotations, inputSchema }: Readonly<Record<string, unknown>> & { readonly name: string },
  { page, pageOnly }: Pick<Entry, 'page' | 'pageOnly'>,
): Omit<ToolFacts, 'unchanged'> {
  return {
    name,
    arguments: argumentFactsOf(inputSchema),
    ...(isRecord(annotations) && { annotations }),
    ...(page === true && pageOnly === true && { pageOnly }),
  }
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
