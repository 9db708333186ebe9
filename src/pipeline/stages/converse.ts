/**
 * What a child asks, and logs, while it works on a request. On the way in the host becomes what this server may see of
 * it, and a retry is taken up where it ended; on the way out the child's questions become the answer of the request,
 * with what it takes to go on sealed beside them (2026-07-28 basic/patterns/mrtr).
 */
import { canonicalHash } from '../../canonical.ts'
import type { Target } from '../../catalog/target.ts'
import type { About, Relay } from '../../relay/caller.ts'
import { labelled } from '../../relay/log.ts'
import type { RelayRules } from '../../relay/options.ts'
import { AskError, type Question, type Resumed } from '../../upstream/caller.ts'
import { isRecord } from '../../upstream/normalize.ts'
import type { Call, Outcome, Stage } from '../call.ts'
import { targetOf } from '../compose.ts'
import type { Asked, Continuations, Suspended } from '../continuation.ts'

export interface ConverseDeps {
  readonly relay: Pick<Relay, 'caller' | 'answer'>
  readonly continuations: Pick<Continuations, 'isOne' | 'open' | 'seal'>
  rules(server: string): RelayRules
  readonly configHash: string
}

export function converse(deps: ConverseDeps): Stage {
  return async (call, next) => {
    const target = targetOf(call)
    const about: About = { server: target.server, rules: deps.rules(target.server), call: call.id }
    const { onLog } = call
    const binding = bind(call, target)
    const suspended = suspendedOf(call, binding, deps)
    if (suspended === 'invalid') return invalid
    const outcome = await next({
      ...call,
      caller: deps.relay.caller(call.caller, about),
      ...(onLog !== undefined && { onLog: (message) => onLog(labelled(target.server, message)) }),
      ...(suspended === undefined && unasked(call, target)),
      ...(suspended !== undefined && {
        resumed: { from: suspended.next, inputResponses: answersOf(call, suspended, about, deps) },
        confirmed: suspended.confirmed && suspended.configHash === deps.configHash,
        asker: withoutRetry(call.asker),
      }),
    })
    if (outcome.kind !== 'questions') return outcome
    const confirmed = target.verdict.kind === 'confirm'
    return ask(outcome, { binding, confirmed, configHash: deps.configHash }, deps)
  }
}

/** Answers to what wasn't asked are the child's to ignore; a human who says yes doesn't see them, so then there are none. */
function unasked({ retried }: Call, { verdict }: Target): Pick<Call, 'resumed'> {
  if (retried?.inputResponses === undefined || retried.requestState !== undefined) return {}
  if (verdict.kind === 'confirm') return {}
  return { resumed: { from: { kind: 'state' }, inputResponses: retried.inputResponses } }
}

function suspendedOf(call: Call, binding: string, deps: ConverseDeps): Suspended | 'invalid' | undefined {
  const state = call.retried?.requestState
  if (state === undefined || !deps.continuations.isOne(state)) return undefined
  return deps.continuations.open(state, binding) ?? 'invalid'
}

/** Answers to what was asked; others are dropped, and what is missing the child asks again. */
function answersOf(
  call: Call,
  { asked }: Suspended,
  about: About,
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

function askedOf({ method, params: { mode } }: Question): Asked {
  return { method, ...(typeof mode === 'string' && { mode }) }
}

/** The state isn't one of an approval, so there is none to look for in it. */
function withoutRetry(asker: Call['asker']): Call['asker'] {
  return asker.kind === 'retry' ? { kind: 'retry', mode: asker.mode } : asker
}

function bind({ kind, args }: Call, { server, name, hash, launchHash }: Target): string {
  return canonicalHash({ kind, server, name, hash, launchHash, args })
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
