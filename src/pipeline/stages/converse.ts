/**
 * Handles what a child asks and logs while it works on a request. On the way in the host becomes what this server may
 * see of it, and a retry is taken up where it ended; on the way out the child's questions become the answer of the
 * request, with what it takes to go on sealed beside them (2026-07-28 basic/patterns/mrtr).
 */
import { STEADY } from '../../json/steady.ts'
import { canonicalHash } from '../../json/canonical.ts'
import type { Target } from '../../catalog/target.ts'
import type { QuestionSource, Relay } from '../../relay/relay.ts'
import { labelled } from '../../relay/log.ts'
import type { RelayRules } from '../../relay/options.ts'
import { AskError, type ServerQuestion, type Resumed } from '../../upstream/messages/caller.ts'
import { isRecord } from '../../json/record.ts'
import { argsHash } from '../args-hash.ts'
import type { Call, Outcome, Stage } from '../call.ts'
import { targetOf, whenEnded } from '../compose.ts'
import { copyOf } from '../copy.ts'
import type { AskedKind, Continuations, Suspended } from '../continuation.ts'

export interface ConverseDeps {
  readonly relay: Pick<Relay, 'caller' | 'answer'>
  readonly continuations: Pick<Continuations, 'isOne' | 'open' | 'seal'>
  rules(server: string): RelayRules
  readonly configHash: string
}

export function converse(deps: ConverseDeps): Stage {
  return (call, next) => {
    const target = targetOf(call)
    const about: QuestionSource = { server: target.server, rules: deps.rules(target.server), call: call.id }
    const suspended = suspendedOf(call, target, deps)
    if (suspended === 'invalid') return invalid
    const narrowed = copyOf(call)
    narrowed.caller = deps.relay.caller(call.caller, about)
    return whenEnded(
      next(withRetry(withLabels(narrowed, target), target, suspended, about, deps)),
      (outcome) => {
        if (outcome.kind !== 'questions') return outcome
        const confirmed = target.verdict.kind === 'confirm'
        return ask(outcome, { binding: bind(call, target), confirmed, configHash: deps.configHash }, deps)
      },
    )
  }
}

function withLabels(call: Call, { server }: Target): Call {
  const { onLog } = call
  return onLog === undefined
    ? call
    : { ...STEADY, ...call, onLog: (message) => onLog(labelled(server, message)) }
}

/** What the host sent along with a retry, where it is one. */
function withRetry(
  call: Call,
  target: Target,
  suspended: Suspended | undefined,
  about: QuestionSource,
  deps: ConverseDeps,
): Call {
  if (suspended === undefined)
    return call.retried === undefined ? call : { ...call, ...unasked(call, target) }
  return {
    ...call,
    resumed: { from: suspended.next, inputResponses: answersOf(call, suspended, about, deps) },
    confirmed: suspended.confirmed && suspended.configHash === deps.configHash,
    asker: withoutRetry(call.asker),
  }
}

/** Answers to what wasn't asked are the child's to ignore; a human who says yes doesn't see them, so then there are none. */
function unasked({ retried }: Call, { verdict }: Target): Pick<Call, 'resumed'> {
  if (retried?.inputResponses === undefined || retried.requestState !== undefined) return {}
  if (verdict.kind === 'confirm') return {}
  return { resumed: { from: { kind: 'state' }, inputResponses: retried.inputResponses } }
}

function suspendedOf(call: Call, target: Target, deps: ConverseDeps): Suspended | 'invalid' | undefined {
  const state = call.retried?.requestState
  if (state === undefined || !deps.continuations.isOne(state)) return undefined
  return deps.continuations.open(state, bind(call, target)) ?? 'invalid'
}

/** Answers to what was asked; others are dropped, and what is missing the child asks again. */
function answersOf(
  call: Call,
  { asked }: Suspended,
  about: QuestionSource,
  deps: ConverseDeps,
): Resumed['inputResponses'] {
  const given = call.retried?.inputResponses ?? {}
  return Object.fromEntries(
    Object.entries(asked).flatMap(([key, { method, ...params }]) => {
      const raw = Object.hasOwn(given, key) ? given[key] : undefined
      if (!isRecord(raw)) return []
      try {
        return [[key, deps.relay.answer({ method, params }, raw, about)]]
      } catch (error) {
        if (error instanceof AskError) return []
        throw error
      }
    }),
  )
}

function ask(
  { questions, next }: Extract<Outcome, { kind: 'questions' }>,
  bound: Pick<Suspended, 'binding' | 'confirmed' | 'configHash'>,
  { continuations }: ConverseDeps,
): Outcome {
  const asked = Object.fromEntries(
    Object.entries(questions).map(([key, question]) => [key, askedOf(question)]),
  )
  const requestState = continuations.seal({ ...bound, next, asked })
  if (requestState === undefined) return tooLong
  const inputRequests = Object.fromEntries(
    Object.entries(questions).map(([key, { method, params }]) => [key, { method, params: { ...params } }]),
  )
  return { kind: 'ask', ask: { inputRequests, requestState } }
}

function askedOf({ method, params: { mode } }: ServerQuestion): AskedKind {
  return { method, ...(typeof mode === 'string' && { mode }) }
}

/** The state isn't one of an approval, so there is none to look for in it. */
function withoutRetry(asker: Call['asker']): Call['asker'] {
  return asker.kind === 'retry' ? { kind: 'retry', mode: asker.mode } : asker
}

function bind(call: Call, { server, name, hash, launchHash }: Target): string {
  return canonicalHash({ kind: call.kind, server, name, hash, launchHash, argsHash: argsHash(call) })
}

const invalid: Outcome = {
  kind: 'blocked',
  by: 'state',
  reason: 'it does not belong to this request, is over, or was used before',
  hint: 'send the call without requestState to begin anew',
}

const tooLong: Outcome = {
  kind: 'failed',
  reason: 'the server wants more to be remembered between its questions than can be',
  hint: 'ask for less at once',
}
