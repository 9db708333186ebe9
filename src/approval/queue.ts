/**
 * Decides whether a human said yes to exactly this call. Everything that isn't a yes is a no: no channel, no
 * answer in time, an answer to something else, a seal that doesn't open (promise 4, fails closed).
 *
 * A question asked of a waiting call lives as long as `ask` runs. One that goes back through the host
 * (2026-07-28) is kept here under a random id until its retry comes: the id is spent by the first retry that
 * names it, whatever that retry looks like, so a replayed or altered one finds nothing.
 */
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Answer, Asker, Channel, Retried } from './channels/channel.ts'
import { APPROVAL_KEY, readAnswer } from './channels/elicitation.ts'
import type { Question } from './question.ts'
import { bindingDigest, type Binding } from './request.ts'
import type { Seal } from './seal.ts'

export type Refusal = 'denied' | 'cancelled' | 'unanswered' | 'unavailable' | 'invalid-state' | 'busy'

export type Decision =
  | { readonly kind: 'approved'; readonly id: string }
  | { readonly kind: 'refused'; readonly id: string; readonly why: Refusal; readonly detail: string }
  | {
      readonly kind: 'ask'
      readonly id: string
      readonly inputRequests: Readonly<Record<string, { method: string; params: Record<string, unknown> }>>
      readonly requestState: string
    }

export interface ApprovalRequest {
  /** The call's id, so that the audit log ties question, answer and execution together. */
  readonly call: string
  readonly binding: Binding
  readonly question: Question
}

/** What the audit log gets to know; the arguments only as part of the binding's hashes. */
export interface ApprovalEvent {
  readonly id: string
  readonly call: string
  readonly phase: 'asked' | 'approved' | Refusal
  readonly channel?: string
  readonly binding: Binding
}

/** The event as a record of the audit log. */
export function approvalFacts({ binding, ...event }: ApprovalEvent): Record<string, unknown> {
  const { server, tool, argsHash, toolHash, launchHash } = binding
  return { ...event, server, tool, argsHash, toolHash, launchHash }
}

export interface QueueOptions {
  readonly channels: readonly Channel[]
  readonly seal: Seal
  readonly waitMs: number
  readonly expireMs: number
  readonly now: () => number
  /** Awaited: a yes that can't be written down isn't one. */
  onEvent(event: ApprovalEvent): Promise<void>
}

/** Open questions cost memory, and a host can retry late or never. */
const MAX_OPEN_QUESTIONS = 10_000

const sealedState = z.object({ id: z.string() })

interface Open {
  readonly digest: string
  readonly expiresAt: number
}

export class ApprovalQueue {
  readonly #options: QueueOptions
  readonly #open = new Map<string, Open>()

  constructor(options: QueueOptions) {
    this.#options = options
  }

  /** Asks, or takes the answer that the call brought with it. Rejects only when the decision can't be audited. */
  async decide(request: ApprovalRequest, asker: Asker, signal: AbortSignal): Promise<Decision> {
    if (asker.kind === 'retry' && asker.retried !== undefined) {
      const decision = await this.#redeem(request, asker.retried)
      // 2026-07-28 basic/patterns/mrtr: a retry that lacks our answer is asked again, it is not an error.
      if (decision !== 'no-answer') return decision
    }
    return this.#ask(request, asker, signal)
  }

  async #redeem(request: ApprovalRequest, retried: Retried): Promise<Decision | 'no-answer'> {
    const state = sealedState.safeParse(this.#options.seal.open(retried.requestState))
    const id = state.data?.id ?? 'unknown'
    const open = this.#open.get(id)
    this.#open.delete(id)
    if (open === undefined)
      return this.#refuse(
        request,
        id,
        'invalid-state',
        'that question was never asked, is answered already, or has expired',
      )
    if (open.expiresAt <= this.#options.now())
      return this.#refuse(request, id, 'invalid-state', 'the question has expired')
    if (open.digest !== bindingDigest(request.binding))
      return this.#refuse(request, id, 'invalid-state', 'the answer belongs to another call')
    if (!Object.hasOwn(retried.inputResponses, APPROVAL_KEY)) return 'no-answer'
    return this.#conclude(request, id, readAnswer(retried.inputResponses[APPROVAL_KEY]), 'elicitation')
  }

  async #ask(request: ApprovalRequest, asker: Asker, signal: AbortSignal): Promise<Decision> {
    const id = randomUUID()
    const unavailable: string[] = []
    for (const channel of this.#options.channels) {
      await this.#options.onEvent({
        id,
        call: request.call,
        phase: 'asked',
        channel: channel.name,
        binding: request.binding,
      })
      const answer = await this.#waitFor(channel, request.question, asker, signal)
      if (answer.kind === 'deferred') return this.#defer(request, id, answer)
      if (answer.kind !== 'unavailable') return this.#conclude(request, id, answer, channel.name)
      unavailable.push(answer.why)
    }
    return this.#refuse(request, id, 'unavailable', unavailable.join('; '))
  }

  async #waitFor(channel: Channel, question: Question, asker: Asker, signal: AbortSignal): Promise<Answer> {
    // Not AbortSignal.any: on Node 20 such a signal can be collected before it has fired.
    const withdrawn = new AbortController()
    let giveUp: ((answer: Answer) => void) | undefined
    const gaveUp = new Promise<Answer>((resolve) => {
      giveUp = resolve
    })
    const withdraw = (kind: 'unanswered' | 'cancelled'): void => {
      giveUp?.({ kind })
      withdrawn.abort()
    }
    const onAbort = (): void => withdraw('cancelled')
    const timer = setTimeout(() => withdraw('unanswered'), this.#options.waitMs)
    signal.addEventListener('abort', onAbort)
    if (signal.aborted) onAbort()
    try {
      // A channel that ignores its signal must not hold the call beyond the wait.
      return await Promise.race([gaveUp, channel.ask(question, asker, withdrawn.signal)])
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
    }
  }

  async #defer(
    request: ApprovalRequest,
    id: string,
    answer: Extract<Answer, { kind: 'deferred' }>,
  ): Promise<Decision> {
    this.#forgetExpired()
    if (this.#open.size >= MAX_OPEN_QUESTIONS)
      return this.#refuse(request, id, 'busy', 'too many questions are open')
    this.#open.set(id, {
      digest: bindingDigest(request.binding),
      expiresAt: this.#options.now() + this.#options.expireMs,
    })
    return {
      kind: 'ask',
      id,
      inputRequests: { [answer.key]: { ...answer.request } },
      requestState: this.#options.seal.seal({ id }),
    }
  }

  async #conclude(request: ApprovalRequest, id: string, answer: Answer, channel: string): Promise<Decision> {
    switch (answer.kind) {
      case 'approved':
        await this.#options.onEvent({
          id,
          call: request.call,
          phase: 'approved',
          channel,
          binding: request.binding,
        })
        return { kind: 'approved', id }
      case 'denied':
        return this.#refuse(request, id, 'denied', 'the human said no', channel)
      case 'unanswered':
        return this.#refuse(
          request,
          id,
          'unanswered',
          `nobody answered within ${this.#options.waitMs / 1000} s`,
          channel,
        )
      case 'cancelled':
      case 'unavailable':
      case 'deferred':
        return this.#refuse(request, id, 'cancelled', 'the question was closed without a decision', channel)
    }
  }

  async #refuse(
    request: ApprovalRequest,
    id: string,
    why: Refusal,
    detail: string,
    channel?: string,
  ): Promise<Decision> {
    await this.#options.onEvent({
      id,
      call: request.call,
      phase: why,
      binding: request.binding,
      ...(channel === undefined ? {} : { channel }),
    })
    return { kind: 'refused', id, why, detail }
  }

  #forgetExpired(): void {
    const now = this.#options.now()
    for (const [id, open] of this.#open) if (open.expiresAt <= now) this.#open.delete(id)
  }
}
