/**
 * Asks a human where the verdict says so, and lets the call pass only on a yes to exactly this server, launch
 * command, tool definition and arguments (promise 4). What was approved is compared again with what is about to
 * run, because a definition can change while somebody reads the question.
 */
import { abortSignalOf } from '../../cancellation.ts'
import type { Asker } from '../../approval/facts/channel.ts'
import type { ApprovalRequest, Decision, Refused } from '../../approval/question/decision.ts'
import { offerFor } from '../../approval/grants/grant-offer.ts'
import type { ToolGroup } from '../../approval/grants/group.ts'
import { withoutSwitchedOff } from '../../approval/grants/switched-off.ts'
import type { ChannelName } from '../../approval/facts/pending.ts'
import { questionText } from '../../approval/facts/question.ts'
import { bindingDigest, type Binding } from '../../approval/facts/request.ts'
import { because } from '../../approval/words/because.ts'
import { factsOf } from '../../catalog/offers/select.ts'
import { NotWritten } from '../../audit/not-written.ts'
import type { Target } from '../../catalog/target.ts'
import { inCall } from '../../policy/risk/risk.ts'
import { ruleOfCall, type ToolFacts } from '../../policy/rules.ts'
import type { ServerPlace } from '../../policy/where/place.ts'
import { argsHash } from '../args-hash.ts'
import type { Call, Next, Outcome, Stage } from '../call.ts'
import { targetOf } from '../compose.ts'

export interface ConfirmDeps {
  /** Rejects with `NotWritten` where the decision can't be audited. */
  decide(request: ApprovalRequest, asker: Asker, signal: AbortSignal): Promise<Decision>
  /** A human said yes to a call of what was new (catalog/pins/pin.ts). */
  accept(target: Target): void
  /** The target as the catalog has it now. */
  current(target: Target): Target | undefined
  /** What could be granted together with a call of this server; undefined where nothing is, or all of it was. */
  group(server: string): ToolGroup | undefined
  /** Where the paths in its arguments are; without it no grant is for a folder. */
  place?(server: string): ServerPlace
  /** The server's own secrets may stand in its arguments; they don't stand in a question. */
  mask<T>(value: T): T
  /** SHA-256 of the rules that speak of this server; a remembered yes holds only under them. */
  ruleHash(server: string): string
  readonly configHash: string
  readonly session: string
  /** Nobody is asked (approvals.mode: shadow). */
  readonly isShadow: boolean
}

/** Sent as somebody types, or in the background: a question about each would be one that nobody reads. */
const UNASKED: ReadonlySet<Call['kind']> = new Set(['completion', 'subscription'])

export function confirm(deps: ConfirmDeps): Stage {
  return (call, next) => {
    const target = targetOf(call)
    if (target.verdict.kind !== 'confirm' || call.confirmed === true) return next(call)
    if (UNASKED.has(call.kind)) return deps.isShadow ? next(call) : notAskedFor(call.kind)
    return asked(call, target, next, deps)
  }
}

async function asked(call: Call, target: Target, next: Next, deps: ConfirmDeps): Promise<Outcome> {
  const binding = bind(call, target, deps)
  const request = requestFor(call, target, binding, deps)
  if (request === undefined) return tooLong
  const decision = await deps.decide(request, call.asker, abortSignalOf(call.signal)).catch(unlessNotWritten)
  if (decision === undefined) return notWritten
  if (decision.kind === 'ask')
    return {
      kind: 'ask',
      ask: { inputRequests: decision.inputRequests, requestState: decision.requestState },
    }
  if (call.signal.aborted) return { kind: 'cancelled' }
  if (decision.kind === 'refused') return refused(decision)
  const now = deps.current(target)
  if (now === undefined || bindingDigest(bind(call, now, deps)) !== bindingDigest(binding))
    return changedMeanwhile
  if (now.isNew === true && decision.unasked !== true) deps.accept(now)
  return next(call)
}

const AND_NEW = 'it is also new since its server was first seen'

/** Undefined when it is too long to be asked about. */
function requestFor(
  call: Call,
  target: Target,
  binding: Binding,
  deps: ConfirmDeps,
): ApprovalRequest | undefined {
  const { server, name, definition, verdict, changes, launchHash, hash, isNew } = target
  const facts = {
    ...(call.kind === 'prompt' || call.kind === 'resource' ? { kind: call.kind } : {}),
    server,
    tool: name,
    risk: verdict.risk,
    why: `${verdict.rule}: ${verdict.reason}${isNew === true && verdict.rule !== 'pin' ? `; ${AND_NEW}` : ''}`,
    because: because({
      server,
      verdict,
      ...(call.kind === 'tool' ? { tool: toolOf(target, call.args) } : {}),
    }),
    args: deps.mask(call.args),
    changes,
    ...(definition.description === undefined ? {} : { description: definition.description }),
  }
  const text = questionText(facts)
  if (text === undefined) return undefined
  const group = call.kind === 'tool' ? deps.group(server) : undefined
  const place = call.kind === 'tool' ? deps.place?.(server) : undefined
  const args = withoutSwitchedOff(call.args, definition['inputSchema'])
  return {
    call: call.id,
    binding,
    subject: {
      server,
      tool: name,
      launchHash,
      toolHash: hash,
      ruleHash: deps.ruleHash(server),
      rule: ruleOfCall(verdict),
      risk: verdict.risk,
    },
    args,
    facts,
    text,
    offer: offerFor(verdict.risk, args, changes.length > 0, facts.args, {
      tool: name,
      inputSchema: definition['inputSchema'],
      group,
      place,
    }),
    group,
    place,
    onWaiting: stillWaiting(call),
  }
}

function toolOf({ name, definition, changes, isNew = false }: Target, args: Call['args']): ToolFacts {
  const facts = factsOf({ ...definition, name }, {})
  return inCall({ ...facts, unchanged: changes.length === 0 && !isNew, isNew }, args)
}

/** So small a step that the server's own progress, which starts at 1 or at a percentage, is always ahead of it. */
const WAITING_STEP = 1e-6

function stillWaiting({ onProgress }: Call): () => void {
  let progress = 0
  return () => {
    progress += WAITING_STEP
    onProgress?.({ progress, message: 'waiting for a human to decide' })
  }
}

function bind(call: Call, target: Target, deps: ConfirmDeps): Binding {
  return {
    server: target.server,
    tool: target.name,
    launchHash: target.launchHash,
    toolHash: target.hash,
    argsHash: argsHash(call),
    configHash: deps.configHash,
    session: deps.session,
  }
}

/** Anything else that it rejects for is a defect, and record.ts tells of it. */
function unlessNotWritten(error: unknown): undefined {
  if (!(error instanceof NotWritten)) throw error
}

const notWritten: Outcome = {
  kind: 'blocked',
  by: 'audit',
  reason: 'not executed: what became of the question can not be written to the audit log',
  hint: 'make room or fix the permissions of the state directory, then run "sidemux audit verify"',
}

const tooLong: Outcome = {
  kind: 'blocked',
  by: 'arguments',
  reason: 'the call needs a human yes, and its arguments are too long to be shown in full',
  hint: 'send smaller arguments, or allow the tool in servers.yaml if it may run unseen',
}

/** Each carries what somebody typed to the server, whose address or argument may be what it runs. */
function notAskedFor(kind: Call['kind']): Outcome {
  const [what, instead] =
    kind === 'completion' ? ['complete', 'use it without completion'] : ['watch', 'read it when it is needed']
  const reason = `not executed: using this needs a human yes each time, so there is none to ${what} it`
  return { kind: 'blocked', by: 'approval', reason, hint: instead }
}

const changedMeanwhile: Outcome = {
  kind: 'blocked',
  by: 'approval',
  reason: 'the tool changed between the question and the answer, so the yes no longer fits',
  hint: 'send the call again to be asked about the tool as it is now',
}

function refused(decision: Refused): Outcome {
  if (decision.why === 'invalid-state') {
    return {
      kind: 'blocked',
      by: 'state',
      reason: decision.detail,
      hint: 'send the call without requestState to be asked anew',
    }
  }
  return {
    kind: 'blocked',
    by: decision.why === 'denied' ? 'human' : 'approval',
    reason: `not executed: ${decision.detail}`,
    hint: hintFor(decision),
  }
}

function hintFor({ why, shown, openMs }: Refused): string {
  switch (why) {
    case 'denied':
      return 'do not repeat the call; ask the user what to do instead'
    case 'pending':
      return `tell the user that the question ${waitsWhere(shown)}; once it is answered, repeat the identical call, which then runs once`
    case 'unavailable':
      // Not the way itself: what a model reads here it could try, and only a human may say yes.
      if (openMs !== undefined)
        return `tell the user that the question stays open while this host runs, for ${minutes(openMs)}, and that "When the host can not ask" in the README of sidemux says where to answer it; once it is answered, repeat the identical call, which then runs once`
      return 'tell the user that this host can not ask for the decision; "When the host can not ask" in the README of sidemux says how to make it'
    case 'cancelled':
    case 'unanswered':
    case 'busy':
    case 'invalid-state':
      return 'tell the user that nobody decided; repeating the identical call asks again'
  }
}

/** At least one of its unit: what is told isn't over when it is read. */
function minutes(ms: number): string {
  const [count, unit] = ms < 90_000 ? [Math.round(ms / 1000), 'second'] : [Math.round(ms / 60_000), 'minute']
  return `${Math.max(1, count)} ${unit}${count > 1 ? 's' : ''}`
}

/** Where a human looks; nothing that a model could use. */
function waitsWhere(shown: readonly ChannelName[] = []): string {
  if (shown.includes('page')) return 'waits on the page of sidemux in their browser'
  return shown.includes('desktop') ? 'waits in a dialog on their screen' : 'waits in sidemux'
}
