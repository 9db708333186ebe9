/**
 * Writes each call down twice: what is about to be tried, before anything else happens, and how it ended. With
 * `audit.required` a call whose intent can't be written is not made (promises 1 and 6). Outermost, so that it
 * sees what every other stage did, and only scrubbed results.
 */
import type { RecordFacts } from '../../audit/chain/record-text.ts'
import { NotWritten } from '../../audit/not-written.ts'
import type { WhenWritten } from '../../audit/write/log.ts'
import type { Tense } from '../../audit/write/whereabouts.ts'
import { errorKind } from '../../errors.ts'
import type { Call, Ended, Next, Outcome, SeenArguments, Stage } from '../call.ts'
import { intentOf, outcomeOf, type FactsDeps } from '../call-facts.ts'
import { copyOf } from '../copy.ts'

export interface RecordDeps extends FactsDeps {
  readonly required: boolean
  /** Before the call is made, and after it. */
  append(type: 'call', facts: RecordFacts, tense: Tense, told: WhenWritten): void
  now(): number
  warn(message: string): void
}

export function record(deps: RecordDeps): Stage {
  return (call, next) =>
    new Promise((resolve) => {
      const started = deps.now()
      const end = (outcome: Outcome): void =>
        write(
          deps,
          'after',
          () => outcomeOf(call, outcome, deps.now() - started, deps),
          (error) => {
            // The call has been made; withholding its result would only make the model try again.
            if (error !== undefined) deps.warn('the outcome of a call could not be written to the audit log')
            resolve(outcome)
          },
        )
      let seen: Call['seen']
      const intent = (): RecordFacts => {
        const made = intentOf(call, deps)
        seen = made.seen
        return made.facts
      }
      write(deps, 'before', intent, (error) => {
        if (error !== undefined && deps.required)
          return resolve(error instanceof NotWritten ? notWritten : defect(error, deps))
        if (error !== undefined) deps.warn('a call could not be written to the audit log')
        make(seen === undefined ? call : withSeen(call, seen), next, end, deps)
      })
    })
}

/** @param end called once, whatever comes of it */
function make(call: Call, next: Next, end: (outcome: Outcome) => void, deps: RecordDeps): void {
  const failed = (thrown: unknown): void => end(defect(thrown, deps))
  let outcome: Ended
  try {
    outcome = next(call)
  } catch (thrown) {
    return failed(thrown)
  }
  if (outcome instanceof Promise) outcome.then(end, failed)
  else end(outcome)
}

function withSeen(call: Call, seen: SeenArguments): Call {
  const copy = copyOf(call)
  copy.seen = seen
  return copy
}

/** WhenWritten of facts that can't be made as of those that can't be written. */
function write(deps: RecordDeps, tense: Tense, facts: () => RecordFacts, told: WhenWritten): void {
  let made: RecordFacts
  try {
    made = facts()
  } catch (error) {
    return told(error instanceof Error ? error : new Error(String(error)))
  }
  deps.append('call', made, tense, told)
}

/** A stage that throws is a defect of ours; its text could hold anything, so none of it is passed on. */
function defect(error: unknown, deps: RecordDeps): Outcome {
  deps.warn(`a call failed inside sidemux (${errorKind(error)})`)
  return { kind: 'failed', reason: 'sidemux could not complete the call', hint: 'run: sidemux logs' }
}

const notWritten: Outcome = {
  kind: 'blocked',
  by: 'audit',
  reason: 'the audit log can not be written, so the call was not made',
  hint: 'make room or fix the permissions of the state directory, then run "sidemux audit verify"',
}
