/**
 * One question from the moment it is asked until it is answered and spent, refused, or expired. It outlives the
 * call that asked: a host that gave up early repeats the identical call, which waits here again or spends the yes.
 * At most one call waits for it at a time, so that one yes can only ever let one call pass.
 */
import { randomUUID } from 'node:crypto'
import type { Answer } from './channels/channel.ts'
import type { ApprovalRequest, Decision } from './decision.ts'
import type { ChannelName, HumanAnswer, Pending, Via } from './pending.ts'
import { bindingDigest } from './request.ts'

export type QuestionState =
  | { readonly kind: 'open' }
  /** A yes nobody has spent. */
  | { readonly kind: 'approved'; readonly via: Via }
  /** A no that no call has heard. */
  | { readonly kind: 'denied' }
  | { readonly kind: 'closed' }

/** The call that waits. Each of these ends the wait first. */
export interface Waiter {
  settle(decision: Decision): void
  later(make: () => Promise<Decision>): void
  fail(error: unknown): void
}

/** A host that asks again and again holds at most so many valid states of one question. */
const MAX_NONCES = 16

export class OpenQuestion {
  readonly id = randomUUID()
  readonly digest: string
  readonly request: ApprovalRequest
  readonly askedAt: number
  /** Epoch milliseconds. */
  expiresAt = 0
  state: QuestionState = { kind: 'open' }
  waiter: Waiter | undefined
  /** Set while a decision is being written down, so that a second one finds it taken. */
  deciding = false
  /** How many channels haven't begun. */
  remaining = 0
  /** Channels that have begun and not come to an end. */
  readonly asking = new Set<ChannelName>()
  /** Channels where a human can see it, whatever becomes of the call. */
  readonly shown = new Set<ChannelName>()
  readonly unavailable: string[] = []
  /** A human closed it somewhere without deciding. */
  dismissed = false
  /** It went to the host as the call's result. */
  deferred: Extract<Answer, { kind: 'deferred' }> | undefined
  readonly #nonces = new Set<string>()
  readonly #over = new AbortController()

  constructor(request: ApprovalRequest, now: number) {
    this.request = request
    this.digest = bindingDigest(request.binding)
    this.askedAt = now
  }

  /** Fires when the channels shall withdraw it. */
  get over(): AbortSignal {
    return this.#over.signal
  }

  withdraw(): void {
    this.#over.abort()
  }

  close(): void {
    this.state = { kind: 'closed' }
    this.withdraw()
  }

  /** No channel is left through which an answer could come. */
  get unreachable(): boolean {
    return (
      this.remaining === 0 && this.shown.size === 0 && this.asking.size === 0 && this.deferred === undefined
    )
  }

  /** A yes may become a no while it isn't spent; nothing else is decided twice. */
  mayTake(answer: HumanAnswer): boolean {
    if (this.deciding) return false
    return this.state.kind === 'open' || (this.state.kind === 'approved' && answer.kind === 'deny')
  }

  /** A name for one way through the host and back. */
  issueNonce(): string {
    const [oldest] = this.#nonces
    if (this.#nonces.size >= MAX_NONCES && oldest !== undefined) this.#nonces.delete(oldest)
    const nonce = randomUUID()
    this.#nonces.add(nonce)
    return nonce
  }

  /** True once for each nonce. */
  spendNonce(nonce: string): boolean {
    return this.#nonces.delete(nonce)
  }

  view(): Pending {
    const { facts, text, offer } = this.request
    return {
      id: this.id,
      facts,
      text,
      askedAt: this.askedAt,
      expiresAt: this.expiresAt,
      waiting: this.waiter !== undefined,
      state: this.state.kind === 'approved' ? 'approved' : 'open',
      offer,
    }
  }
}
