/**
 * Keeps the requests of a child of the older era whose questions became answers, until their host comes back: under ids of
 * their own, so many at a time, and each for so long.
 */
import { randomUUID } from 'node:crypto'
import type { ServerQuestion } from '../../messages/caller.ts'
import type { AskingRequest, Leg } from './asking-request.ts'

/** What waits beside a request's own reply. */
export type Parked = {
  readonly kind: 'parked'
  readonly id: string
  readonly questions: Readonly<Record<string, ServerQuestion>>
}

/** A child asks less at once (link/question-desk.ts); one that ends its requests, and takes back what it asked, leaves replies here. */
const MAX_PARKED = 64

export class ParkedRequests<L extends Leg> {
  readonly #parkMs: () => number
  readonly #giveUp: (open: AskingRequest<L>) => void
  readonly #all = new Map<string, AskingRequest<L>>()

  /** @param giveUp nobody came back in time, the caller has cancelled, or there are too many */
  constructor(parkMs: () => number, giveUp: (open: AskingRequest<L>) => void) {
    this.#parkMs = parkMs
    this.#giveUp = giveUp
  }

  get isEmpty(): boolean {
    return this.#all.size === 0
  }

  get all(): readonly AskingRequest<L>[] {
    return [...this.#all.values()]
  }

  find(id: string): AskingRequest<L> | undefined {
    return this.#all.get(id)
  }

  park(open: AskingRequest<L>): Parked {
    const [oldest] = this.#all.values()
    if (oldest !== undefined && this.#all.size >= MAX_PARKED) this.#giveUp(oldest)
    const id = randomUUID()
    open.id = id
    this.#all.set(id, open)
    this.#watch(open)
    for (const waiting of open.waiting.values()) waiting.isPut = true
    const questions = [...open.waiting].map(([key, { question }]) => [key, question] as const)
    return { kind: 'parked', id, questions: Object.fromEntries(questions) }
  }

  /** A caller that cancels while the questions are still on their way to the host never sees them. */
  #watch(open: AskingRequest<L>): void {
    const { signal } = open.leg
    const giveUp = (): void => this.#giveUp(open)
    const expiry = setTimeout(giveUp, this.#parkMs())
    signal.addEventListener('abort', giveUp)
    open.unwatch = () => {
      clearTimeout(expiry)
      signal.removeEventListener('abort', giveUp)
    }
  }

  unpark(open: AskingRequest<L>): void {
    open.unwatch?.()
    if (open.id !== undefined) this.#all.delete(open.id)
    open.id = undefined
  }
}
