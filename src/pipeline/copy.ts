/**
 * Copies a call for a stage that hands on more than it got, since others may still hold that. Each call is copied some
 * times, so members are named one by one: V8 copies by a spread much more slowly once objects differ in what they have.
 */
import { STEADY } from '../json/steady.ts'
import type { Call, Outcome } from './call.ts'

/** A copy that its maker still fills. */
export type CallCopy = { -readonly [Member in keyof Call]: Call[Member] }

export function copyOf(call: Call): CallCopy {
  const copy: Record<keyof Call, unknown> = {
    id: call.id,
    kind: call.kind,
    name: call.name,
    via: call.via,
    args: call.args,
    signal: call.signal,
    asker: call.asker,
    caller: call.caller,
    retried: call.retried,
    resumed: call.resumed,
    confirmed: call.confirmed,
    meta: call.meta,
    onProgress: call.onProgress,
    onLog: call.onLog,
    seen: call.seen,
    entry: call.entry,
    target: call.target,
  }
  // Members of a call that it lacks are undefined here, which reads the same.
  return copy as unknown as CallCopy
}

/** The outcome, with what the call was about. */
export function withAbout(outcome: Outcome, about: NonNullable<Outcome['about']>): Outcome {
  if (outcome.kind !== 'result' || outcome.unchecked !== undefined || outcome.whole !== undefined)
    return { ...STEADY, ...outcome, about }
  const { kind, result, masked } = outcome
  return masked === undefined ? { kind, result, about } : { kind, result, masked, about }
}
