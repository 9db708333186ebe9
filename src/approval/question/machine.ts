/**
 * The state machine of a question. It takes the question's life and an event, and returns the new life and what is to
 * be done. A yes comes from a human's answer to exactly this digest and from nowhere else (promise 4); each question
 * ends once, with one record that says how (promise 6); after its end nobody is asked and nothing is decided. Pure:
 * the clock is handed in.
 */
import { weighAnswer } from '../channels/quick.ts'
import { decided, failed, granted, spend, take, takeBack, tell } from './answers.ts'
import { cancelled, end, settle, waited } from './ends.ts'
import { asked, askFor, brought, channelSaid, leadOver, lost, noted, reached, tooQuick } from './in-turn.ts'
import {
  after,
  step,
  without,
  type Life,
  type LifeEvent,
  type LifeEventOf,
  type LifeFacts,
  type Step,
} from './life.ts'

type Follow<E> = (life: Life, event: E, facts: LifeFacts) => Step

const BY_KIND: { readonly [K in LifeEvent['kind']]: Follow<LifeEventOf<K>> } = {
  called,
  returned,
  reached,
  asked,
  'channel-said': channelSaid,
  noted,
  'lead-over': leadOver,
  lost,
  'human-said': take,
  granted,
  decided,
  failed,
  waited,
  cancelled,
  expired: (life) => end(life, { phase: 'expired' }),
  closing: (life) => end(life, { phase: life.state.kind === 'approved' ? 'expired' : 'unanswered' }),
  'taken-back': takeBack,
}

const NOT_KNOWN = 'that question was never asked, is answered already, or has expired'
const NOT_FREE = 'another call waits for that question'

export function next(life: Life, event: LifeEvent, facts: LifeFacts): Step {
  const { state, expiresAt } = life
  if (state.kind === 'over') return afterTheEnd(life, event)
  // The event `expired` comes from a timer, which may be late, so the time counts here as soon as it is over, whatever the
  // event is. The event itself is left to the table, and so is an answer that is being written down (answers.ts).
  if (state.kind !== 'deciding' && event.kind !== 'expired' && expiresAt <= facts.now)
    return after(end(life, { phase: 'expired' }), (over) => afterTheEnd(over, event))
  return (BY_KIND[event.kind] as Follow<LifeEvent>)(life, event, facts)
}

/** Everything that waits is told that it is over; nothing else happens. */
function afterTheEnd(life: Life, event: LifeEvent): Step {
  switch (event.kind) {
    case 'called':
    case 'returned':
      return step(life, settle(event.attempt, { kind: 'invalid', detail: NOT_KNOWN }))
    case 'human-said':
      return step(life, ...tell(event.ticket, 'gone'))
    case 'granted':
      return step(life, event.grant !== undefined && { do: 'revoke', grant: event.grant })
    default:
      return step(life)
  }
}

function called(life: Life, event: LifeEventOf<'called'>, facts: LifeFacts): Step {
  const { attempt } = event
  if (life.waiter !== undefined || life.state.kind === 'deciding')
    return step(life, settle(attempt, { kind: 'invalid', detail: NOT_FREE }))
  if (life.state.kind === 'approved') return spend(life, attempt)
  return askFor({ ...life, waiter: attempt }, event, facts)
}

/** A retry of 2026-07-28. Its nonce is used up, whatever comes with it. */
function returned(life: Life, event: LifeEventOf<'returned'>, facts: LifeFacts): Step {
  const { attempt, nonce, digest, said } = event
  const sentAt = life.nonces.get(nonce)
  const invalid = (detail: string) => settle(attempt, { kind: 'invalid', detail })
  if (sentAt === undefined) return step(life, invalid(NOT_KNOWN))
  const back = { ...life, nonces: without(life.nonces, nonce) }
  if (digest !== life.digest)
    return after(step(back, invalid('the answer belongs to another call')), (other) =>
      end(other, { phase: 'invalid-state' }),
    )
  if (life.waiter !== undefined) return step(back, invalid(NOT_FREE))
  // 2026-07-28 basic/patterns/mrtr: a retry that lacks our answer is asked again, it is not an error.
  const goOn = settle(attempt, { kind: 'go-on' })
  if (said === undefined) return step(back, goOn)
  const weighed = weighAnswer(said, facts.now - sentAt)
  const { life: counted, last } =
    weighed.kind === 'too-quick' ? tooQuick(back, 'elicitation') : { life: back, last: weighed }
  if (last === undefined) return step(counted, goOn)
  const isNo = last.kind === 'denied'
  if (life.state.kind === 'approved' && !isNo) return spend(counted, attempt)
  const waiting = { ...counted, waiter: attempt }
  if (isNo || last.kind === 'approved')
    return take(waiting, { answer: { kind: isNo ? 'deny' : 'approve' }, via: { channel: 'elicitation' } })
  // Accepting to open an address is no yes, and closing a form is no decision: it may come through another channel.
  return brought(waiting, { channel: 'elicitation', by: attempt, answer: last }, facts)
}
