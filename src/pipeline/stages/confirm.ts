/**
 * Asks a human where the verdict says so, and lets the call pass only on a yes to exactly this server, launch
 * command, tool definition and arguments (promise 4). What was approved is compared again with what is about to
 * run, because a definition can change while somebody reads the question.
 */
import type { Asker } from '../../approval/channels/channel.ts'
import type { ApprovalRequest, Decision, Refused } from '../../approval/decision.ts'
import { offerFor } from '../../approval/grantOffer.ts'
import type { ChannelName } from '../../approval/pending.ts'
import { question } from '../../approval/question.ts'
import { argumentsHash, bindingDigest, type Binding } from '../../approval/request.ts'
import type { Target } from '../../catalog/target.ts'
import type { Call, Outcome, Stage } from '../call.ts'
import { targetOf } from '../compose.ts'

export interface ConfirmDeps {
  decide(request: ApprovalRequest, asker: Asker, signal: AbortSignal): Promise<Decision>
  /** The target as the catalog has it now. */
  current(target: Target): Target | undefined
  /** The server's own secrets may stand in its arguments; they don't stand in a question. */
  mask<T>(value: T): T
  /** SHA-256 of the rules that speak of this server; a remembered yes holds only under them. */
  ruleHash(server: string): string
  readonly configHash: string
  readonly session: string
}

/** The others only prepare one of these, and tell nothing of what is in it. */
const ASKED: ReadonlySet<Call['kind']> = new Set(['tool', 'prompt', 'resource'])

export function confirm(deps: ConfirmDeps): Stage {
  return async (call, next) => {
    const target = targetOf(call)
    if (target.verdict.kind !== 'confirm' || call.confirmed === true || !ASKED.has(call.kind))
      return next(call)
    const binding = bind(call, target, deps)
    const request = requestFor(call, target, binding, deps)
    if (request === undefined) return tooLong
    const decision = await deps.decide(request, call.asker, call.signal).catch(() => undefined)
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
    return next(call)
  }
}

/** Undefined when it is too long to be asked about. */
function requestFor(
  call: Call,
  target: Target,
  binding: Binding,
  deps: ConfirmDeps,
): ApprovalRequest | undefined {
  const { server, name, definition, verdict, changes, launchHash, hash } = target
  const facts = {
    ...(call.kind === 'prompt' || call.kind === 'resource' ? { kind: call.kind } : {}),
    server,
    tool: name,
    risk: verdict.risk,
    why: `${verdict.rule}: ${verdict.reason}`,
    args: deps.mask(call.args),
    changes,
    ...(definition.description === undefined ? {} : { description: definition.description }),
  }
  const asked = question(facts)
  if (asked === undefined) return undefined
  return {
    call: call.id,
    binding,
    subject: { server, tool: name, launchHash, toolHash: hash, ruleHash: deps.ruleHash(server) },
    args: call.args,
    facts,
    text: asked.text,
    offer: offerFor(verdict.risk, call.args, changes.length > 0, facts.args),
    onWaiting: stillWaiting(call),
  }
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
    argsHash: argumentsHash(call.args),
    configHash: deps.configHash,
    session: deps.session,
  }
}

/** The one thing that a queue rejects for. */
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

const changedMeanwhile: Outcome = {
  kind: 'blocked',
  by: 'human',
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
    by: 'human',
    reason: `not executed: ${decision.detail}`,
    hint: hintFor(decision),
  }
}

function hintFor({ why, shown }: Refused): string {
  switch (why) {
    case 'denied':
      return 'do not repeat the call; ask the user what to do instead'
    case 'pending':
      return `tell the user that the question ${waitsWhere(shown)}; once it is answered, repeat the identical call, which then runs once`
    case 'unavailable':
      // Not the way itself: what a model reads here it could try, and only a human may say yes.
      return 'tell the user that this host can not ask for the decision; "When the host can not ask" in the README of sidemux says how to make it'
    case 'cancelled':
    case 'unanswered':
    case 'busy':
    case 'invalid-state':
      return 'tell the user that nobody decided; repeating the identical call asks again'
  }
}

/** Where a human looks; nothing that a model could use. */
function waitsWhere(shown: readonly ChannelName[] = []): string {
  if (shown.includes('page')) return 'waits on the page of sidemux in their browser'
  return shown.includes('desktop') ? 'waits in a dialog on their screen' : 'waits in sidemux'
}
