/**
 * The channels of one question, in turn: the next one begins when the one before reaches nobody, or has been alone for
 * its lead. All that have begun stay until the question is over. Who can't be written down as asked isn't asked. Pure.
 */
import { MAX_SHOWN, tooQuickThere } from '../channels/quick.ts'
import type { ChannelName } from '../facts/pending.ts'
import { take } from './answers.ts'
import { came, endUnreachable, isUnreachable, mayCome, settle, write } from './ends.ts'
import {
  after,
  put,
  step,
  type Attempt,
  type Brought,
  type Life,
  type LifeEventOf,
  type LifeFacts,
  type Step,
} from './life.ts'

/** A host that asks again and again holds at most so many valid states of one question. */
const MAX_NONCES = 16

/** The channels that this call may ask: all, or of a question that was asked before those that show it nowhere. */
export function askFor(
  life: Life,
  { attempt, channels, canAsk }: LifeEventOf<'called'>,
  facts: LifeFacts,
): Step {
  const isLeft = (channel: ChannelName): boolean => {
    const kind = life.channels.get(channel)?.kind
    // The host is asked anew, since its form ended with the call before.
    if (channel === 'elicitation' && kind !== undefined && kind !== 'unreached') return canAsk
    return kind === 'unreached' || (kind === undefined && !life.shown.has(channel))
  }
  const due = channels.filter(isLeft).map((channel) => ({ channel, by: attempt }))
  return after(beginNext({ ...life, due }), (asked) => endUnreachable(asked, facts))
}

export function leadOver(life: Life): Step {
  return life.alone === undefined ? step(life) : beginNext({ ...life, alone: undefined })
}

export function reached(life: Life, { channel, by, isShown }: LifeEventOf<'reached'>): Step {
  if (!isBusy(life, channel, by)) return step(life)
  const then = isShown
    ? ({ kind: 'noted', channel, by, answer: { kind: 'shown' } } as const)
    : ({ kind: 'asked', channel, by } as const)
  return step(life, write([{ phase: 'asked', call: by.call, channel }], then))
}

export function asked(life: Life, { channel, by }: LifeEventOf<'asked'>): Step {
  if (!isBusy(life, channel, by)) return step(life)
  return step(life, { do: 'ask', channel, by, again: life.quick.has(channel) })
}

/** Of a channel that was withdrawn meanwhile only a no counts. */
export function channelSaid(life: Life, event: LifeEventOf<'channel-said'>, facts: LifeFacts): Step {
  const { channel, by, answer: given, nonce } = event
  const isStale = !isBusy(life, channel, by)
  if (given.kind === 'denied' || (given.kind === 'approved' && !isStale)) {
    const now = isStale ? life : came(life, channel, { kind: 'ended' })
    return take(now, { answer: { kind: given.kind === 'approved' ? 'approve' : 'deny' }, via: { channel } })
  }
  if (isStale || given.kind === 'approved') return step(life)
  switch (given.kind) {
    case 'deferred': {
      const { request } = given
      const nonces = new Map([...[...life.nonces].slice(1 - MAX_NONCES), [nonce, facts.now]])
      const sent = { ...came(life, channel, { kind: 'deferred', request }), nonces, waiter: undefined }
      return step(sent, settle(by, { kind: 'ask', request, nonce }))
    }
    case 'too-quick': {
      const { life: counted, last } = tooQuick(life, channel)
      if (last !== undefined) return brought(counted, { channel, by, answer: last }, facts)
      return step(counted, { do: 'ask', channel, by, again: true })
    }
    default:
      return brought(life, { channel, by, answer: given }, facts)
  }
}

/** One more answer that nobody can have given; `last` where no other is waited for. */
export function tooQuick(life: Life, channel: ChannelName): { life: Life; last: Brought | undefined } {
  const times = (life.quick.get(channel) ?? 0) + 1
  const last = times < MAX_SHOWN ? undefined : tooQuickThere(channel)
  return { life: { ...life, quick: put(life.quick, channel, times) }, last }
}

/** What is no decision. It is written down first. */
export function brought(
  life: Life,
  { channel, by, answer: given }: Omit<LifeEventOf<'noted'>, 'kind'>,
  facts: LifeFacts,
): Step {
  const record = { call: by.call, channel }
  const then = { kind: 'noted', channel, by, answer: given } as const
  switch (given.kind) {
    case 'unavailable':
    case 'untended': {
      const phase = (given.kind === 'unavailable' ? given.by : undefined) ?? 'unavailable'
      return step(life, write([{ ...record, phase, reason: given.why }], then))
    }
    case 'cancelled': {
      // Where it is the end of the question too, that is what is written down.
      const closed = came(life, channel, { kind: 'dismissed' })
      if (closed.state.kind === 'open' && isUnreachable(closed) && !mayCome(closed))
        return endUnreachable(closed, facts)
      return step(life, write([{ ...record, phase: 'dismissed' }], then))
    }
    default:
      return noted(life, then, facts)
  }
}

export function noted(
  life: Life,
  { channel, by, answer: given }: LifeEventOf<'noted'>,
  facts: LifeFacts,
): Step {
  const known = life.channels.get(channel)
  // Another call asks it again meanwhile; or all of them were withdrawn.
  if (life.state.kind === 'approved' || (known?.kind === 'busy' && known.by.n !== by.n)) return step(life)
  switch (given.kind) {
    case 'unavailable':
    case 'untended': {
      const unreached = came(life, channel, { kind: 'unreached', answer: given })
      const waits = given.kind === 'untended' && given.waits
      return moveOn(waits ? { ...unreached, shown: withOne(life.shown, channel) } : unreached, channel, facts)
    }
    case 'cancelled':
      return moveOn(came(life, channel, { kind: 'dismissed' }), channel, facts)
    case 'shown': {
      // What a host shows by opening an address is the page.
      const where = channel === 'elicitation' ? 'page' : channel
      return step({ ...came(life, channel, { kind: 'ended' }), shown: withOne(life.shown, where) })
    }
    default:
      return endUnreachable(came(life, channel, { kind: 'ended' }), facts)
  }
}

export function lost(life: Life, { channel, why }: LifeEventOf<'lost'>, facts: LifeFacts): Step {
  if (!life.shown.has(channel)) return step(life)
  const unseen = { ...life, shown: new Set([...life.shown].filter((one) => one !== channel)) }
  if (life.state.kind === 'approved') return step(unseen)
  return brought(unseen, { channel, by: life.first, answer: { kind: 'unavailable', why } }, facts)
}

function moveOn(life: Life, channel: ChannelName, facts: LifeFacts): Step {
  const moved = life.alone === channel ? beginNext({ ...life, alone: undefined }) : step(life)
  return after(moved, (next) => endUnreachable(next, facts))
}

function beginNext(life: Life): Step {
  const [next, ...due] = life.due
  if (next === undefined) return step({ ...life, alone: undefined })
  const { channel, by } = next
  // A form of the host is part of its call.
  if (channel === 'elicitation' && life.waiter?.n !== by.n)
    return beginNext({ ...came(life, channel, { kind: 'ended' }), due })
  return step(
    { ...came(life, channel, { kind: 'busy', by }), due, alone: due.length === 0 ? undefined : channel },
    { do: 'reach', channel, by },
    due.length > 0 && life.alone === undefined && { do: 'lead' },
  )
}

function isBusy({ channels }: Life, channel: ChannelName, by: Attempt): boolean {
  const state = channels.get(channel)
  return state?.kind === 'busy' && state.by.n === by.n
}

function withOne<T>(set: ReadonlySet<T>, one: T): ReadonlySet<T> {
  return new Set([...set, one])
}
