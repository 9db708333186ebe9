/**
 * Ends a question, or a call's wait for one that stays open. Every question ends once, with one record that says how.
 * While an answer is being written down nothing else ends the question: the answer does, or an event that waits
 * behind it. Pure.
 */
import type { ChannelName } from '../facts/pending.ts'
import {
  put,
  step,
  type ApprovalRecord,
  type Attempt,
  type ChannelState,
  type Effect,
  type Ending,
  type Life,
  type LifeEvent,
  type LifeEventOf,
  type LifeFacts,
  type Settled,
  type Step,
} from './life.ts'

const CLOSED = 'the question was closed without a decision'
const UNANSWERED = { why: 'unanswered', detail: 'the question is over without an answer' } as const

export function end(life: Life, record: Ending['record'], refused: Ending['refused'] = UNANSWERED): Step {
  const { state, waiter, first } = life
  if (state.kind === 'deciding')
    return step({ ...life, state: { ...state, ending: state.ending ?? { record, refused } } })
  const written = { ...record, call: (waiter ?? first).call }
  return close(
    life,
    waiter === undefined ? write([written]) : settle(waiter, { kind: 'refused', ...refused }, written),
  )
}

/** Nothing can happen to it any more. */
export function close(life: Life, ...effects: readonly Effect[]): Step {
  return step(
    { ...leave(life), state: { kind: 'over' }, due: [], alone: undefined },
    { do: 'withdraw' },
    ...effects,
  )
}

/** The call no longer waits. A form of the host is part of its call, and ends with it. */
export function leave(life: Life): Life {
  const isFormOpen = life.channels.get('elicitation')?.kind === 'busy'
  return { ...(isFormOpen ? came(life, 'elicitation', { kind: 'ended' }) : life), waiter: undefined }
}

/** The wait is over without an answer; the question stays where a human can still see it. */
export function waited(life: Life, { attempt, ms }: LifeEventOf<'waited'>): Step {
  if (life.waiter?.n !== attempt.n) return step(life)
  const detail = `nobody answered within ${ms / 1000} s`
  const left = leave(life)
  if (life.state.kind === 'open' && isUnreachable(left) && !mayCome(left))
    return end(life, { phase: 'unanswered' }, { why: 'unanswered', detail })
  const pending = { kind: 'refused', why: 'pending', detail, shown: [...life.shown] } as const
  return step(left, settle(attempt, pending, { call: attempt.call, phase: 'pending' }))
}

export function cancelled(life: Life, { attempt }: LifeEventOf<'cancelled'>): Step {
  if (life.waiter?.n !== attempt.n) return step(life)
  return end(life, { phase: 'cancelled' }, { why: 'cancelled', detail: CLOSED })
}

/** Nobody is waited for who isn't there; who comes by himself within the question's life still finds it. */
export function endUnreachable(life: Life, { now }: Pick<LifeFacts, 'now'>): Step {
  const { state, waiter, channels, expiresAt } = life
  if (state.kind !== 'open' || !isUnreachable(life)) return step(life)
  const detail = whatBecameOf(life)
  if (mayCome(life)) {
    if (waiter === undefined) return step(life)
    const refused = { kind: 'refused', why: 'unavailable', detail, openMs: expiresAt - now } as const
    const record = { call: waiter.call, phase: 'unavailable', reason: detail } as const
    return step(leave(life), settle(waiter, refused, record))
  }
  const channel = dismissed(life)
  const isNobody = [...channels.values()].some(({ kind }) => kind === 'unreached')
  const why = channel !== undefined ? 'cancelled' : isNobody ? 'unavailable' : 'unanswered'
  const more = { ...(channel && { channel }), ...(why === 'unavailable' && { reason: detail }) }
  return end(life, { phase: why, ...more }, { why, detail })
}

/** No channel is left through which an answer could come now. */
export function isUnreachable({ due, shown, channels }: Life): boolean {
  const mayAnswer = [...channels.values()].some(({ kind }) => kind === 'busy' || kind === 'deferred')
  return due.length === 0 && shown.size === 0 && !mayAnswer
}

/** Somebody may come to it later, though nobody was reached. */
export function mayCome({ channels }: Life): boolean {
  return [...channels.values()].some((one) => one.kind === 'unreached' && one.answer.kind === 'untended')
}

/** What became of a channel. */
export function came(life: Life, channel: ChannelName, state: ChannelState): Life {
  return { ...life, channels: put(life.channels, channel, state) }
}

export function settle(attempt: Attempt, as: Settled, record?: ApprovalRecord): Effect {
  return { do: 'settle', attempt, as, ...(record !== undefined && { record }) }
}

export function write(records: readonly ApprovalRecord[], next?: LifeEvent): Effect {
  return { do: 'write', records, ...(next !== undefined && { next }) }
}

/** Where it was closed without a decision, last. */
function dismissed({ channels }: Life) {
  return [...channels].findLast(([, { kind }]) => kind === 'dismissed')?.[0]
}

function whatBecameOf(life: Life): string {
  const whys = [...life.channels.values()]
    .flatMap((one) => (one.kind === 'unreached' ? [one.answer.why] : []))
    .join('; ')
  if (dismissed(life) === undefined) return whys === '' ? 'nobody answered' : `nobody could be asked: ${whys}`
  return whys === '' ? CLOSED : `${CLOSED}, and nobody else could be asked: ${whys}`
}
