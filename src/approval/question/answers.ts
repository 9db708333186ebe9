/**
 * Decides what a human's word does, from whichever channel it came. It counts when it is written down, and is taken
 * once: a yes lets the call pass that waits, or is kept for the identical call; a no ends the question, and beats a
 * yes that no call has spent. Pure.
 */
import { MAX_DENY_MS } from './denials.ts'
import type { AnswerOutcome } from '../facts/pending.ts'
import { close, end, endUnreachable, settle, write } from './ends.ts'
import {
  after,
  isFrom,
  step,
  type ApprovalRecord,
  type Attempt,
  type Effect,
  type Life,
  type LifeEventOf,
  type LifeFacts,
  type QuestionState,
  type Step,
} from './life.ts'

type Deciding = Extract<QuestionState, { kind: 'deciding' }>

export function take(life: Life, { answer, via, ticket }: Omit<LifeEventOf<'human-said'>, 'kind'>): Step {
  const { state } = life
  // A yes may become a no while it isn't spent; nothing else is decided twice.
  const isTaken = state.kind !== 'open' && !(state.kind === 'approved' && answer.kind === 'deny')
  if (state.kind === 'deciding' || isTaken) return step(life, ...tell(ticket, 'decided'))
  if (answer.kind === 'deny' && !isDenySpan(answer.forMs)) return step(life, ...tell(ticket, 'refused'))
  const deciding: Deciding = { kind: 'deciding', answer, via, ticket, before: state }
  const taken = { ...life, state: deciding }
  if (answer.kind === 'approve' && answer.grant !== undefined)
    return step(taken, { do: 'remember', wish: answer.grant })
  return step(taken, writeDown(life, deciding))
}

/** A wish that goes beyond what was offered decides nothing. */
export function granted(life: Life, { grant }: LifeEventOf<'granted'>, facts: LifeFacts): Step {
  const { state } = life
  if (state.kind !== 'deciding') return step(life)
  if (grant === undefined) return after(undecided(life, state), (open) => endUnreachable(open, facts))
  const deciding = { ...state, grant }
  return step({ ...life, state: deciding }, writeDown(life, deciding))
}

/** The decision is written down, so it counts; unless it came too late, or from where it can't be trusted any more. */
export function decided(life: Life, _event: LifeEventOf<'decided'>, facts: LifeFacts): Step {
  const { state, waiter } = life
  if (state.kind !== 'deciding') return step(life)
  const { answer, via, grant, ticket } = state
  if (state.isVoid === true) return after(undecided(life, state), (open) => voided(open, grant, facts))
  const counts: Effect = { do: 'count', answer, via, grant }
  if (answer.kind === 'deny') {
    const denied = { kind: 'refused', why: 'denied', detail: 'the human said no' } as const
    return close(life, counts, ...(waiter ? [settle(waiter, denied)] : []), ...tell(ticket, 'done'))
  }
  const { record, refused } = state.ending ?? {}
  const isLate = record !== undefined || life.expiresAt <= facts.now
  if (isLate) {
    const late = { ...life, state: state.before }
    return after(step(late, counts, ...tell(ticket, 'gone')), (gone) =>
      end(gone, record ?? { phase: 'expired' }, refused),
    )
  }
  if (waiter !== undefined)
    return close(life, counts, settle(waiter, { kind: 'approved' }), ...tell(ticket, 'done'))
  const channels = new Map([...life.channels].filter(([, { kind }]) => kind !== 'busy'))
  const kept = { state: { kind: 'approved', via }, expiresAt: facts.now + facts.expireMs } as const
  return step(
    { ...life, ...kept, channels, due: [], alone: undefined },
    counts,
    { do: 'withdraw' },
    ...tell(ticket, 'done'),
  )
}

/** What can't be written down ends it, as a no. */
export function failed(life: Life, { error }: LifeEventOf<'failed'>): Step {
  const { state, waiter } = life
  const { grant, ticket }: Partial<Deciding> = state.kind === 'deciding' ? state : {}
  return close(
    life,
    ...(grant === undefined ? [] : [{ do: 'revoke', grant } as const]),
    ...(waiter === undefined ? [] : [{ do: 'fail', attempt: waiter, error } as const]),
    ...tell(ticket, 'refused'),
  )
}

/** The yes is used by this call, and is gone before that is written down. */
export function spend(life: Life, attempt: Attempt): Step {
  return close(life, settle(attempt, { kind: 'approved' }, { call: attempt.call, phase: 'spent' }))
}

/** The yeses that came through this page session are void, as long as no call has run by them. */
export function takeBack(life: Life, { page }: LifeEventOf<'taken-back'>): Step {
  const { state } = life
  if (!isFrom(life, page)) return step(life)
  if (state.kind === 'deciding') return step({ ...life, state: { ...state, isVoid: true } })
  return step({ ...life, state: { kind: 'open' } }, takenBack(life))
}

export function tell(ticket: number | undefined, outcome: AnswerOutcome): Effect[] {
  return ticket === undefined ? [] : [{ do: 'tell', ticket, outcome }]
}

/** It is as it was before the answer; or ends, where that was to come. */
function undecided(life: Life, { before, ending, ticket }: Deciding): Step {
  const open = step({ ...life, state: before }, ...tell(ticket, 'refused'))
  return ending === undefined ? open : after(open, (one) => end(one, ending.record, ending.refused))
}

function voided(life: Life, grant: string | undefined, facts: LifeFacts): Step {
  const revoke: Effect[] = grant === undefined ? [] : [{ do: 'revoke', grant }]
  if (life.state.kind === 'over') return step(life, ...revoke)
  return after(step(life, takenBack(life), ...revoke), (open) => endUnreachable(open, facts))
}

/** It is taken back whether or not that can be written down. */
function takenBack({ first: { call } }: Life): Effect {
  return write([{ call, phase: 'taken-back' }])
}

function writeDown({ first: { call } }: Life, { answer, via: { channel }, grant }: Deciding): Effect {
  const forMs = answer.kind === 'deny' ? answer.forMs : undefined
  const decision: ApprovalRecord = {
    call,
    phase: answer.kind === 'approve' ? 'approved' : 'denied',
    channel,
    ...(forMs !== undefined && { forMs }),
  }
  const first: ApprovalRecord[] = grant === undefined ? [] : [{ call, phase: 'granted', channel, grant }]
  return write([...first, decision], { kind: 'decided' })
}

function isDenySpan(ms: number | undefined): boolean {
  return ms === undefined || (Number.isSafeInteger(ms) && ms > 0 && ms <= MAX_DENY_MS)
}
