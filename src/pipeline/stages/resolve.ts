/**
 * Finds what a call is for, and gives its arguments the names that the child knows; on the way back the child's URIs
 * become those that the host can ask for. A host may call before it lists, so a name that isn't known yet, or only from
 * an earlier run, waits for its server to say what it has now: what was pinned may not be what is there any more
 * (promise 5).
 */
import { canonicalHash } from '../../canonical.ts'
import { whyLeftOut } from '../../catalog/edit.ts'
import { restoreKeys } from '../../catalog/keys.ts'
import { routeResult } from '../../catalog/routing.ts'
import type { Entry } from '../../catalog/select.ts'
import type { Target, TargetKind } from '../../catalog/target.ts'
import { hostUri, isAppUri, originalUri } from '../../catalog/uri.ts'
import { showsPages } from '../../relay/capabilities.ts'
import type { About, Call, Outcome, Stage } from '../call.ts'

export interface ResolveDeps {
  find(kind: TargetKind, emitted: string): Entry | undefined
  /** Resolves when the server has listed what it offers once, or with why it hasn't; at once for an unknown server. */
  listed(server: string, signal: AbortSignal): Promise<{ reason: string; hint: string } | undefined>
  /** Whether pages of the server are shown (MCP Apps). */
  apps(server: string): boolean
  /** What a page calls by its server's own name (catalog/pages.ts). */
  findForPage(name: string): Entry | undefined
  /** A page of this server was read. */
  pageRead(server: string): void
}

export function resolve(deps: ResolveDeps): Stage {
  return async (call, next) => {
    const kind = targetKind(call)
    const ofPages = kind === 'tool' && showsPages(call.caller.capabilities)
    const find = (): Entry | undefined =>
      deps.find(kind, call.name) ?? (ofPages ? deps.findForPage(call.name) : undefined)
    const known = find()
    const server = known?.target.server ?? serverOf(kind, call.name)
    const down = mayRun(known) ? await deps.listed(server, call.signal) : undefined
    if (down !== undefined)
      return { kind: 'failed', ...down, ...(known === undefined ? {} : { about: about(known.target) }) }
    const entry = find()
    if (entry?.pageOnly === true && !ofPages) return { ...NOT_FOR_MODELS, about: about(entry.target) }
    if (entry === undefined) return unknown(`no server has such a ${kind}`)
    const { target } = entry
    if (isLeftOut(entry))
      return unknown(`the ${kind} is left out: ${whyLeftOut(entry.edits) ?? 'it is not listed'}`)
    const args = restoreKeys(call.args, entry.keys)
    // What has no canonical form can't be bound to a yes nor written down, so it goes no further.
    if (!isArguments(args) || !hasCanonicalForm(args)) return malformed
    const outcome = await next({ ...call, args, target })
    if (call.kind === 'resource' && isAppUri(target.name) && outcome.kind === 'result')
      deps.pageRead(target.server)
    return {
      ...routed(outcome, call.kind, { id: target.server, apps: deps.apps(target.server) }),
      about: about(target),
    }
  }
}

function targetKind({ kind, args }: Call): TargetKind {
  if (kind === 'completion') return args['ref'] === 'ref/prompt' ? 'prompt' : 'template'
  return kind === 'subscription' ? 'resource' : kind
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
  if (outcome.kind === 'error') return { ...outcome, ...routedData(outcome.data, server) }
  if (outcome.kind !== 'result' || kind === 'completion' || kind === 'subscription') return outcome
  return { ...outcome, result: routeResult(kind, server, outcome.result) }
}

/** An error about a resource names it (2026-07-28 server/resources, error handling). */
function routedData(data: unknown, server: { id: string; apps: boolean }): { data?: unknown } {
  if (!isArguments(data) || typeof data['uri'] !== 'string') return {}
  return { data: { ...data, uri: hostUri(server, data['uri']) } }
}

function about({ server, kind, name, verdict }: Target): About {
  return { server, kind, name, verdict: verdict.kind, rule: verdict.rule }
}

function unknown(reason: string): Outcome {
  return { kind: 'blocked', by: 'unknown', reason, hint: 'run "sidemux tools"' }
}

const NOT_FOR_MODELS: Outcome = {
  kind: 'blocked',
  by: 'hidden',
  reason: 'apps: it is for pages only, and the host shows none',
  hint: 'run "sidemux tools"',
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

function hasCanonicalForm(value: unknown): boolean {
  try {
    canonicalHash(value)
    return true
  } catch {
    return false
  }
}
