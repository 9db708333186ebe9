/**
 * Random lives of a question (promises 4 and 6): calls come, come back, wait and are cancelled; channels reach somebody or
 * nobody; people answer too quickly, twice, or from a page that is taken back; records can't be written. Whatever the
 * order, what is checked here holds.
 */
import { array, assert, nat, property, tuple } from '../random.ts'
import { expect, it } from 'vitest'
import type { Answer } from '../../src/approval/facts/channel.ts'
import type { ChannelName } from '../../src/approval/facts/pending.ts'
import {
  begun,
  type ApprovalRecord,
  type Attempt,
  type Effect,
  type LifeEvent,
} from '../../src/approval/question/life.ts'
import { next } from '../../src/approval/question/machine.ts'

const CHANNELS: readonly ChannelName[] = ['elicitation', 'desktop', 'page', 'terminal']
const request = { method: 'elicitation/create', params: {} } as const
const BROUGHT: readonly Answer[] = [
  { kind: 'approved' },
  { kind: 'denied' },
  { kind: 'too-quick' },
  { kind: 'cancelled' },
  { kind: 'unanswered' },
  { kind: 'shown' },
  { kind: 'unavailable', why: 'no screen' },
  { kind: 'unavailable', why: 'by itself', by: 'host-declined' },
  { kind: 'untended', why: 'nobody there', waits: false },
  { kind: 'untended', why: 'nobody there', waits: true },
]
const ENDS = new Set(['denied', 'cancelled', 'unanswered', 'expired', 'spent', 'invalid-state'])
/** All that may still be done for a question that is over. */
const AFTER = new Set(['settle invalid', 'tell', 'revoke'])

/** A question, and the world around it as far as it can bring something. */
class Walk {
  now = 1_000_000
  life = begun('digest', { n: 0, call: 'c0' }, { now: this.now, expireMs: 60_000 })
  /** What was begun and isn't at its end: a record, a channel that is asked. */
  readonly pending: { readonly done: LifeEvent; readonly fails?: true }[] = []
  readonly nonces: { readonly nonce: string; readonly at: number }[] = []
  readonly attempts: Attempt[] = []
  readonly settled = new Map<number, string[]>()
  readonly told = new Map<number, string[]>()
  readonly written: ApprovalRecord[] = []
  /** Of the step in which it ended. */
  closing: ApprovalRecord[] = []
  /** Yeses of a person to exactly this. */
  yeses = 0
  hasFailed = false
  #count = 1

  call(canAsk: boolean): void {
    const attempt = this.#attempt()
    this.send({ kind: 'called', attempt, channels: CHANNELS, canAsk })
  }

  back(digest: string, said: number, later: number): void {
    const { nonce, at } = this.nonces[said % Math.max(1, this.nonces.length)] ?? { nonce: 'made up', at: 0 }
    this.now += later
    const isYes = said % 3 === 0
    const given = isYes
      ? ({ kind: 'approved' } as const)
      : said % 3 === 1
        ? ({ kind: 'denied', chosen: true } as const)
        : undefined
    const isKnown = this.life.nonces.has(nonce)
    if (isYes && isKnown && digest === 'digest' && this.now - at >= 1000) this.yeses += 1
    this.send({ kind: 'returned', attempt: this.#attempt(), nonce, digest, said: given })
  }

  answer(kind: 'approve' | 'deny', page: string, isGranted: boolean): void {
    const ticket = this.#count++
    this.told.set(ticket, [])
    if (kind === 'approve') this.yeses += 1
    const grant = isGranted ? { grant: { fixed: [], uses: undefined, ms: 1 } } : {}
    const via = { channel: 'page', page } as const
    this.send({ kind: 'human-said', answer: kind === 'deny' ? { kind } : { kind, ...grant }, via, ticket })
  }

  finish(index: number, fails: boolean): void {
    const [one] = this.pending.splice(index % Math.max(1, this.pending.length), 1)
    if (one === undefined) return
    if (!fails || one.fails !== true) return this.send(one.done)
    this.hasFailed = true
    this.send({ kind: 'failed', error: new Error('disk full') })
  }

  send(event: LifeEvent): void {
    if (event.kind === 'channel-said' && event.answer.kind === 'approved') this.yeses += 1
    const before = this.life
    const { life, effects } = next(before, event, { now: this.now, expireMs: 60_000 })
    this.life = life
    const wasOver = before.state.kind === 'over'
    for (const effect of effects) {
      const name = effect.do === 'settle' ? `settle ${effect.as.kind}` : effect.do
      if (wasOver && !AFTER.has(name)) throw new Error(`${name} after the end, by ${event.kind}`)
      this.#do(effect)
    }
    if (wasOver || life.state.kind !== 'over') return
    const records = effects.flatMap((effect) => {
      if (effect.do === 'settle') return effect.record ?? []
      return effect.do === 'write' ? effect.records : []
    })
    const isDecision = event.kind === 'decided' && records.length === 0
    this.closing = isDecision
      ? this.written.filter(({ phase }) => phase === 'approved' || phase === 'denied').slice(-1)
      : records
  }

  #attempt(): Attempt {
    const attempt = { n: this.#count++, call: 'c' }
    this.attempts.push(attempt)
    this.settled.set(attempt.n, [])
    return attempt
  }

  #do(effect: Effect): void {
    switch (effect.do) {
      case 'write':
        this.written.push(...effect.records)
        if (effect.next !== undefined) this.pending.push({ done: effect.next, fails: true })
        return
      case 'settle': {
        const { attempt, as, record } = effect
        if (record !== undefined) this.written.push(record)
        this.settled.get(attempt.n)?.push(as.kind)
        if (as.kind === 'ask') this.nonces.push({ nonce: as.nonce, at: this.now })
        return
      }
      case 'fail':
        this.settled.get(effect.attempt.n)?.push('fail')
        return
      case 'reach':
      case 'ask': {
        const { channel, by } = effect
        const isAsked = this.written.some(({ phase, channel: at }) => phase === 'asked' && at === channel)
        if (effect.do === 'ask' && !isAsked)
          throw new Error(`${channel} is asked, and that is not written down`)
        const n = this.#count++
        const known = effect.do === 'reach' && n % 2 === 0
        const given = BROUGHT[n % BROUGHT.length] ?? { kind: 'unanswered' }
        const answer =
          n % 7 === 0 && channel === 'elicitation' ? ({ kind: 'deferred', request } as const) : given
        this.pending.push({
          done: known
            ? { kind: 'reached', channel, by, isShown: n % 4 === 0 }
            : { kind: 'channel-said', channel, by, answer, nonce: `n${n}` },
        })
        return
      }
      case 'remember':
        this.pending.push({ done: { kind: 'granted', grant: this.#count % 3 === 0 ? undefined : 'g' } })
        return
      case 'tell':
        this.told.get(effect.ticket)?.push(effect.outcome)
        return
      case 'withdraw':
      case 'lead':
      case 'revoke':
      case 'count':
    }
  }
}

type Move = (walk: Walk, n: number) => void

const MOVES: readonly Move[] = [
  (walk, n) => walk.call(n % 2 === 0),
  (walk, n) => walk.back(n % 5 === 0 ? 'another' : 'digest', n, n % 4 === 0 ? 0 : 2000),
  (walk, n) => walk.answer(n % 3 === 0 ? 'deny' : 'approve', `p${n % 2}`, n % 4 === 0),
  (walk, n) => walk.finish(n, n % 11 === 0),
  (walk, n) => walk.finish(n, false),
  (walk) => walk.finish(0, false),
  (walk) => walk.send({ kind: 'lead-over' }),
  (walk, n) => walk.send({ kind: 'lost', channel: CHANNELS[n % 4] ?? 'page', why: 'gone' }),
  (walk, n) => walk.send({ kind: 'waited', attempt: any(walk, n), ms: 1000 }),
  (walk, n) => n % 3 === 0 && walk.send({ kind: 'cancelled', attempt: any(walk, n) }),
  (walk, n) => n % 5 === 0 && walk.send({ kind: 'expired' }),
  (walk, n) => walk.send({ kind: 'taken-back', page: `p${n % 2}` }),
  (walk, n) => (walk.now += n % 30_000),
]

function any(walk: Walk, n: number): Attempt {
  return walk.attempts[n % walk.attempts.length] ?? { n: -1, call: '' }
}

const moves = array(tuple(nat(MOVES.length - 1), nat(100_000)), { maxLength: 60 })

it('whatever happens in whatever order: one end, one record of it, and no yes but a human’s (promises 4 and 6)', () => {
  assert(
    property(moves, (steps) => {
      const walk = new Walk()
      walk.call(true)
      for (const [move, n] of steps) MOVES[move]?.(walk, n)
      // The sidecar ends, and what was begun comes to its end.
      walk.send({ kind: 'closing' })
      while (walk.pending.length > 0) walk.finish(0, false)

      expect(walk.life.state.kind).toBe('over')
      for (const outcomes of [...walk.settled.values(), ...walk.told.values()])
        expect(outcomes).toHaveLength(1)
      const passed = [...walk.settled.values()].flat().filter((outcome) => outcome === 'approved').length
      expect(passed).toBeLessThanOrEqual(1)
      expect(passed).toBeLessThanOrEqual(walk.yeses)
      const ends = walk.written.filter(({ phase }) => ENDS.has(phase))
      expect(ends.length).toBeLessThanOrEqual(1)
      // What could not be written down ended it without a record.
      if (!walk.hasFailed) expect(walk.closing).toHaveLength(1)
    }),
    { numRuns: 500 },
  )
})
