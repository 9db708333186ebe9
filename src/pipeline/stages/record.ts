/**
 * Writes each call down twice: what is about to be tried, before anything else happens, and how it ended. With
 * `audit.required` a call whose intent can't be written is not made (promises 1 and 6). Outermost, so that it
 * sees what every other stage did, and only scrubbed results.
 */
import { argumentsShape, jsonSize } from '../../audit/shape.ts'
import { canonicalHash } from '../../canonical.ts'
import { systemErrorCode } from '../../errors.ts'
import { visibleLine } from '../../visible.ts'
import type { Call, Outcome, Stage } from '../call.ts'

export interface RecordDeps {
  readonly required: boolean
  append(type: 'call', facts: Record<string, unknown>): Promise<void>
  /** Masks secrets in the names of arguments, all together; values are never written. */
  mask<T>(names: T): T
  now(): number
  warn(message: string): void
}

const MAX_NAME_LENGTH = 128
/** Beyond a cut there nothing of a name that is shown can be part of a secret. */
const MAX_MASKED_LENGTH = 8192

export function record(deps: RecordDeps): Stage {
  return async (call, next) => {
    const started = deps.now()
    try {
      await deps.append('call', intent(call, deps))
    } catch {
      if (deps.required) return notWritten
      deps.warn('a call could not be written to the audit log')
    }
    let outcome: Outcome
    try {
      outcome = await next(call)
    } catch (error) {
      // A stage that throws is a defect of ours; its text could hold anything, so none of it is passed on.
      deps.warn(`a call failed inside sidemux (${systemErrorCode(error) ?? kindOf(error)})`)
      outcome = {
        kind: 'failed',
        reason: 'sidemux could not complete the call',
        hint: 'see log/sidemux.log in the state directory',
      }
    }
    try {
      await deps.append('call', {
        id: call.id,
        phase: 'outcome',
        ...aboutFacts(outcome.about, deps),
        ...described(outcome),
        ms: Math.round(deps.now() - started),
      })
    } catch {
      // The call has been made; withholding its result would only make the model try again.
      deps.warn('the outcome of a call could not be written to the audit log')
    }
    return outcome
  }
}

function kindOf(error: unknown): string {
  return error instanceof Error ? error.constructor.name : typeof error
}

const notWritten: Outcome = {
  kind: 'blocked',
  by: 'audit',
  reason: 'the audit log can not be written, so the call was not made',
  hint: 'make room or fix the permissions of the state directory, then run "sidemux audit verify"',
}

function intent(call: Call, deps: RecordDeps): Record<string, unknown> {
  return {
    id: call.id,
    phase: 'intent',
    ...(call.kind === 'tool' ? {} : { kind: call.kind }),
    args: hashOrNull(call.args),
    ...shownNames(call, deps),
  }
}

/** A tool stands under `tool`, a prompt under `prompt`, and so on. A resource's name is what the host wrote. */
function aboutFacts(about: Outcome['about'], deps: RecordDeps): Record<string, unknown> {
  if (about === undefined) return {}
  const { server, kind, name, verdict, rule } = about
  return { server, [kind]: kind === 'resource' ? shownName(name, deps) : name, verdict, rule }
}

/** First each by itself, because a cut would leave the beginning of a secret; then what is split over them. */
function shownNames(call: Call, deps: RecordDeps): { name: string; shape: unknown } {
  const shape = argumentsShape(call.args, (key) => deps.mask(key))
  return deps.mask({ name: shownName(call.name, deps), shape })
}

function shownName(name: string, deps: RecordDeps): string {
  const masked = deps.mask(name.toWellFormed().slice(0, MAX_MASKED_LENGTH))
  return visibleLine(masked.slice(0, MAX_NAME_LENGTH))
}

function hashOrNull(value: unknown): string | null {
  try {
    return canonicalHash(value)
  } catch {
    return null
  }
}

function described(outcome: Outcome): Record<string, unknown> {
  switch (outcome.kind) {
    case 'result':
      return {
        outcome: outcome.result['isError'] === true ? 'tool-error' : 'ok',
        bytes: jsonSize(outcome.result),
        masked: outcome.masked ?? 0,
      }
    case 'error':
      return { outcome: 'error', code: outcome.code, masked: outcome.masked ?? 0 }
    case 'blocked':
      return { outcome: 'blocked', by: outcome.by, reason: outcome.reason }
    case 'failed':
      return { outcome: 'failed', reason: outcome.reason }
    case 'questions':
    case 'ask':
      return { outcome: 'asked' }
    case 'cancelled':
      return { outcome: 'cancelled' }
  }
}
