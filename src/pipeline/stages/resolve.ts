/**
 * Finds what a call is for, and gives its arguments the names that the child knows; on the way back the child's URIs
 * become those that the host can ask for. A host may call before it lists, so a name that isn't known yet, or only from
 * an earlier run, waits for its server to say what it has now: what was pinned may not be what is there any more
 * (promise 5).
 */
import { STEADY } from '../../json/steady.ts'
import type { StopSignal } from '../../cancellation.ts'
import { canonicalHash } from '../../json/canonical.ts'
import { hasPage } from '../../catalog/addresses/crossing.ts'
import { whyLeftOut } from '../../catalog/edit.ts'
import { restoreKeys } from '../../catalog/schemas/keys.ts'
import { routeResult } from '../../catalog/addresses/routing.ts'
import type { Entry } from '../../catalog/offers/select.ts'
import type { Target, TargetKind } from '../../catalog/target.ts'
import { hostUri, isAppUri, originalUri } from '../../catalog/addresses/uri.ts'
import { withFixed, type Fixed } from '../../policy/set.ts'
import { showsPages } from '../../relay/capabilities.ts'
import type { Failure } from '../../upstream/session/diagnosis.ts'
import type { OfferKind } from '../../upstream/messages/offer.ts'
import { visibleLine } from '../../visible.ts'
import type { About, Call, Ended, Next, Outcome, SeenArguments, Stage } from '../call.ts'
import { whenEnded } from '../compose.ts'
import { copyOf, withAbout } from '../copy.ts'

export interface ResolveDeps {
  find(kind: TargetKind, emitted: string): Entry | undefined
  /**
   * When the server has listed what it offers once, or why it hasn't; at once where it has, and for an unknown server.
   */
  listed(
    server: string,
    kind: OfferKind,
    signal: StopSignal,
  ): Promise<Failure | undefined> | Failure | undefined
  /** Why something may not be known of a server that works, as its list can't be read to the end. */
  whyUnlisted(server: string, kind: OfferKind, signal: StopSignal): Promise<Failure | undefined>
  /** Whether pages of the server are shown (MCP Apps). */
  apps(server: string): boolean
  /** What a page asks for by its server's own name or URI (catalog/offers/pages.ts). */
  findForPage(kind: TargetKind, name: string): Entry | undefined
  /** A page of this server is there, or will be. */
  pageShown(server: string): void
}

export function resolve(deps: ResolveDeps): Stage {
  return (call, next) => {
    const kind = targetKind(call)
    const { entry: known } = call
    const server = known?.target.server ?? serverOf(kind, call.name)
    const listed = mayRun(known) ? deps.listed(server, LISTS[kind], call.signal) : undefined
    const goOn = (down: Failure | undefined): Ended => {
      if (down !== undefined)
        return { kind: 'failed', ...down, ...(known === undefined ? {} : { about: about(known.target) }) }
      const entry = entryOf(call, deps)
      return entry === undefined
        ? notFound(call, { kind, server }, next, deps)
        : found(call, entry, next, deps)
    }
    return listed instanceof Promise ? listed.then(goOn) : goOn(listed)
  }
}

/** Perhaps its list was not read to the end. */
async function notFound(
  call: Call,
  { kind, server }: { readonly kind: TargetKind; readonly server: string },
  next: Next,
  deps: ResolveDeps,
): Promise<Outcome> {
  const gap = await deps.whyUnlisted(server, LISTS[kind], call.signal)
  const entry = entryOf(call, deps)
  if (entry !== undefined) return found(call, entry, next, deps)
  if (gap !== undefined) return { kind: 'failed', ...gap }
  const { entry: known } = call
  return wasShown(known, isOfPages(call)) ? gone(known.target) : unknown(`no server has such a ${kind}`)
}

function found(call: Call, entry: Entry, next: Next, deps: ResolveDeps): Ended {
  if (entry.pageOnly === true && !isOfPages(call)) return { ...NOT_FOR_MODELS, about: about(entry.target) }
  if (isLeftOut(entry)) {
    const why = whyLeftOut(entry.edits) ?? 'it is not listed'
    return unknown(`the ${targetKind(call)} is left out: ${why}`)
  }
  const given = restoreKeys(call.args, entry.keys)
  // What has no canonical form can't be bound to a yes nor written down, so it goes no further.
  const seen = isArguments(given) ? seenOf(given, call) : undefined
  if (!isArguments(given) || seen === undefined) return malformed
  const whole = withFixed(given, entry.fixed ?? NONE)
  if ('name' in whole) return isFixed(whole.name, entry.target)
  const { args } = whole
  const target = judged(entry, args)
  if (call.via === undefined && opensPage(call.kind, target)) deps.pageShown(target.server)
  const found = copyOf(call)
  found.args = args
  found.seen = seenOf(args, { seen })
  found.entry = entry
  found.target = target
  return whenEnded(next(found), (outcome) => {
    // Who reads by a server's own URI knows no other.
    const isOwn = call.kind === 'resource' && originalUri(call.name)?.uri !== target.name
    const server = { id: target.server, apps: deps.apps(target.server) }
    return withAbout(isOwn ? outcome : routed(outcome, call.kind, server), about(target, entry.fixed))
  })
}

/** With the verdict of this very call, where its arguments decide. */
export function judged({ target, verdictOf }: Entry, args: Call['args']): Target {
  return verdictOf === undefined || target.verdict.kind === 'hidden' || target.verdict.kind === 'block'
    ? target
    : { ...STEADY, ...target, verdict: verdictOf(args) }
}

const NONE: Fixed = new Map()

const LISTS = { tool: 'tools', prompt: 'prompts', resource: 'resources', template: 'templates' } as const

type Finding = Pick<ResolveDeps, 'find' | 'findForPage'>

function entryOf(call: Call, deps: Finding): Entry | undefined {
  const kind = targetKind(call)
  return deps.find(kind, call.name) ?? (isOfPages(call) ? deps.findForPage(kind, call.name) : undefined)
}

/** A page calls by the name of the tool itself; through ours it is the model that calls. */
function isOfPages(call: Call): boolean {
  if (call.via !== undefined) return false
  return (call.kind === 'tool' || call.kind === 'resource') && showsPages(call.caller.capabilities)
}

/** What a call is for: what its name stands for, as far as that is offered now its target, and whose it is by its name. */
export function offered(
  call: Call,
  deps: Finding,
): { readonly entry: Entry | undefined; readonly target?: Target; readonly server: string } {
  const entry = entryOf(call, deps)
  const server = entry?.target.server ?? serverOf(targetKind(call), call.name)
  if (entry === undefined || !mayRun(entry) || isLeftOut(entry)) return { entry, server }
  return entry.pageOnly === true && !isOfPages(call)
    ? { entry, server }
    : { entry, server, target: entry.target }
}

function targetKind({ kind, args }: Call): TargetKind {
  if (kind === 'completion') return args['ref'] === 'ref/prompt' ? 'prompt' : 'template'
  return kind === 'subscription' ? 'resource' : kind
}

function opensPage(kind: Call['kind'], { name, definition }: Target): boolean {
  return (kind === 'resource' && isAppUri(name)) || (kind === 'tool' && hasPage(definition))
}

/** What is blocked or hidden answers at once, whatever its server does. */
function mayRun(known: Entry | undefined): boolean {
  const kind = known?.target.verdict.kind
  return kind !== 'block' && kind !== 'hidden'
}

/** A definition that can't be shown; a resource needs none to be read. */
function isLeftOut({ target, listed }: Entry): boolean {
  const { kind } = target.verdict
  return target.kind !== 'resource' && listed === undefined && kind !== 'block' && kind !== 'hidden'
}

/** Server ids have no `_`, so a name tells its server also while nothing is known of what it offers. */
function serverOf(kind: TargetKind, emitted: string): string {
  if (kind === 'resource' || kind === 'template') return originalUri(emitted)?.server ?? ''
  return emitted.slice(0, Math.max(0, emitted.indexOf('_')))
}

function routed(outcome: Outcome, kind: Call['kind'], server: { id: string; apps: boolean }): Outcome {
  if (outcome.kind === 'error') return { ...STEADY, ...outcome, ...routedData(outcome.data, server) }
  if (outcome.kind !== 'result' || kind === 'completion' || kind === 'subscription') return outcome
  const result = routeResult(kind, server, outcome.result)
  return result === outcome.result ? outcome : { ...STEADY, ...outcome, result }
}

/** An error about a resource names it (2026-07-28 server/resources, error handling). */
function routedData(data: unknown, server: { id: string; apps: boolean }): { data?: unknown } {
  if (!isArguments(data) || typeof data['uri'] !== 'string') return {}
  return { data: { ...STEADY, ...data, uri: hostUri(server, data['uri']) } }
}

/** @param fixed what is put in by servers.yaml */
function about({ server, kind, name, verdict }: Target, fixed: Fixed = NONE): About {
  const isAbout = { server, kind, name, verdict: verdict.kind, rule: verdict.rule }
  return fixed.size === 0 ? isAbout : { ...STEADY, ...isAbout, set: Object.fromEntries(fixed) }
}

function unknown(reason: string): Outcome {
  return { kind: 'blocked', by: 'unknown', reason, hint: 'run "sidemux tools"' }
}

function wasShown(known: Entry | undefined, ofPages: boolean): known is Entry {
  return known?.listed !== undefined && (known.pageOnly !== true || ofPages)
}

/** It was in the host's list, so that it is gone may be said. */
function gone(target: Target): Outcome {
  const { server, kind } = target
  const reason = `${server} offers no such ${kind} any more`
  return { kind: 'blocked', by: 'gone', reason, hint: `list the ${kind}s again`, about: about(target) }
}

const NOT_FOR_MODELS: Outcome = {
  kind: 'blocked',
  by: 'hidden',
  reason: 'apps: it is for pages only, and the host shows none',
  hint: 'run "sidemux tools"',
}

function isFixed(name: string, target: Target): Outcome {
  return {
    kind: 'blocked',
    by: 'arguments',
    reason: `the argument ${JSON.stringify(visibleLine(name))} is fixed in servers.yaml (tools.set), and the call has another value for it`,
    hint: 'send the call without it',
    about: about(target),
  }
}

const malformed: Outcome = {
  kind: 'blocked',
  by: 'arguments',
  reason: 'the arguments are not well-formed JSON (half a surrogate pair, or nested deeper than 256 levels)',
  hint: 'send well-formed Unicode and flatter arguments',
}

function isArguments(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

/** Undefined for what has no canonical form. */
function seenOf(args: Call['args'], { seen }: Pick<Call, 'seen'>): SeenArguments | undefined {
  if (seen?.args === args) return seen.hash === null ? undefined : seen
  try {
    return { args, hash: canonicalHash(args), bareOf: undefined }
  } catch {
    return undefined
  }
}
