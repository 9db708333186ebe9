/**
 * The corridor, outermost first: every call of every host walks it, and there is no other way to a child.
 * A new guard is one stage and one line here.
 */
import type { Next } from './call.ts'
import { compose } from './compose.ts'
import { agree, type AgreeDeps } from './stages/agree.ts'
import { admit } from './stages/admit.ts'
import { confirm, type ConfirmDeps } from './stages/confirm.ts'
import { converse, type ConverseDeps } from './stages/converse.ts'
import { contain, type ContainDeps } from './stages/contain.ts'
import { forward, type ForwardDeps } from './stages/forward.ts'
import { learn, type LearnDeps } from './stages/learn.ts'
import { limit, type Limits } from './stages/limit.ts'
import { answerOwn, type OwnDeps } from './stages/answer-own.ts'
import { record, type RecordDeps } from './stages/record.ts'
import { resolve, type ResolveDeps } from './stages/resolve.ts'
import { scrub, type ScrubDeps } from './stages/scrub.ts'
import { spill, type SpillDeps } from './stages/spill.ts'
import { turnAway, type TurnAwayDeps } from './stages/turn-away.ts'
import { unwrapCall, type UnwrapDeps } from './stages/unwrap-call.ts'
import { validate, type ValidateDeps } from './stages/validate.ts'

export interface CorridorDeps {
  readonly unwrap: UnwrapDeps
  readonly turnAway: TurnAwayDeps
  readonly learn: LearnDeps
  readonly record: RecordDeps
  readonly own: OwnDeps
  readonly spill: SpillDeps
  readonly agree: AgreeDeps
  readonly resolve: ResolveDeps
  readonly limit: Limits
  readonly contain: ContainDeps
  readonly validate: ValidateDeps
  readonly converse: ConverseDeps
  readonly confirm: ConfirmDeps
  readonly scrub: ScrubDeps
  readonly forward: ForwardDeps
}

export function corridor(deps: CorridorDeps): Next {
  return compose([
    unwrapCall(deps.unwrap), // what is called through our own tool is from here on the tool that it names
    turnAway(deps.turnAway), // before a loop of calls that are refused at sight fills the disk
    learn(deps.learn), //     what is a secret is known before anything is written or called
    record(deps.record), //   writes down everything, also what is blocked or thrown further in
    answerOwn(deps.own), //   our own tools answer themselves; no server is behind them
    spill(deps.spill), //     of a result that is too long the host gets both ends, and the whole is kept
    agree(deps.agree), //     a server that waits for a human's yes to its launch may get it now
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
