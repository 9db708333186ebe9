/**
 * The corridor, outermost first: every call of every host walks it, and there is no other way to a child.
 * A new guard is one stage and one line here.
 */
import type { Next } from './call.ts'
import { compose } from './compose.ts'
import { admit } from './stages/admit.ts'
import { confirm, type ConfirmDeps } from './stages/confirm.ts'
import { converse, type ConverseDeps } from './stages/converse.ts'
import { contain, type ContainDeps } from './stages/contain.ts'
import { forward, type ForwardDeps } from './stages/forward.ts'
import { limit, type LimitDeps } from './stages/limit.ts'
import { record, type RecordDeps } from './stages/record.ts'
import { resolve, type ResolveDeps } from './stages/resolve.ts'
import { scrub, type ScrubDeps } from './stages/scrub.ts'
import { validate, type ValidateDeps } from './stages/validate.ts'

export interface CorridorDeps {
  readonly record: RecordDeps
  readonly resolve: ResolveDeps
  readonly limit: LimitDeps
  readonly contain: ContainDeps
  readonly validate: ValidateDeps
  readonly converse: ConverseDeps
  readonly confirm: ConfirmDeps
  readonly scrub: ScrubDeps
  readonly forward: ForwardDeps
}

export function corridor(deps: CorridorDeps): Next {
  return compose([
    record(deps.record), //   writes down everything, also what is blocked or thrown further in
    resolve(deps.resolve), // the emitted name becomes a server and what it has of that name
    admit, //                 allow, block, confirm or hidden: the strictest rule wins
    limit(deps.limit), //     before a human is bothered: a loop that asks is stopped too
    contain(deps.contain), // another server's secret in the arguments goes nowhere, not even into a question
    validate(deps.validate), // before a human is asked what the tool would refuse; results once they are scrubbed
    converse(deps.converse), // what the child may ask the host, and a retry with the answers
    confirm(deps.confirm), // a human's yes to exactly this, or it doesn't happen
    scrub(deps.scrub), //     on the way back nothing leaves with a secret in it
    forward(deps.forward), // to the child
  ])
}
