/**
 * Asks a human about the launches that wait (promise 5): all of them in one question, when a host is there to ask
 * through, and anew whenever something else waits. It says who said yes or no to what; what follows is the book's
 * (launch-trust.ts).
 */
import type { Asker } from '../../approval/facts/channel.ts'
import type { ApprovalRequest } from '../../approval/question/decision.ts'
import type { ApprovalQueue } from '../../approval/queue.ts'
import { LAUNCH, launchRequest } from '../../trust/question.ts'
import type { WaitingServer } from '../../trust/waiting.ts'

export interface LaunchQuestionDeps {
  queue(): ApprovalQueue
  session(): string
  /** What waits now, without what a human said no to. */
  due(): readonly WaitingServer[]
  /** A human said yes to these. */
  onAgreed(launches: readonly WaitingServer[], question: string): Promise<void>
  warn(message: string): void
  complain(what: string, error: unknown): void
}

const TOO_LONG =
  'what waits for a yes to its launch is too much to be shown at once: agree to each with "sidemux trust SERVER"'
const NO_CALL: Asker = { kind: 'none', why: 'the host has called nothing that it could be asked with' }

export class LaunchQuestion {
  readonly #deps: LaunchQuestionDeps
  /** A human can be asked. */
  #isOpen = false
  #asker: Asker = NO_CALL
  /** What each question is about that was asked, by its launchHash. */
  readonly #asked = new Map<string, readonly WaitingServer[]>()
  #question: { readonly key: string; readonly over: AbortController } | undefined
  /** Questions whose yes is being spent. */
  readonly #spending = new Set<string>()
  readonly #closed = new AbortController()

  constructor(deps: LaunchQuestionDeps) {
    this.#deps = deps
  }

  /** Somebody can be asked from now on; by the host itself, where it takes a question outside of a call. */
  open(asker: Asker): void {
    if (this.#isOpen) return
    this.#isOpen = true
    if (asker.kind === 'live') this.#asker = asker
    else if (asker.host !== undefined) this.#asker = { ...NO_CALL, host: asker.host }
    this.again()
  }

  /** One question at a time; it is asked anew where something else waits than what was asked about. */
  again(): void {
    void this.#ask().catch((error: unknown) =>
      this.#deps.complain('whether servers may start could not be asked', error),
    )
  }

  /** Resolves when that is decided or can't be. Rejects where that can't be written down. */
  async decide(due: readonly WaitingServer[], asker: Asker = NO_CALL, signal?: AbortSignal): Promise<void> {
    const request = this.#request(due)
    if (request === undefined) return
    this.#asked.set(request.binding.launchHash, due)
    const until = this.#closed.signal
    const decision = await this.#deps
      .queue()
      .decide(request, asker, signal === undefined ? until : AbortSignal.any([signal, until]))
    if (decision.kind === 'approved') await this.#deps.onAgreed(due, decision.id)
  }

  /** Takes a yes that came while nothing waited for it, once. */
  spend(): void {
    const approved = this.#deps
      .queue()
      .desk.pending()
      .filter(
        ({ facts, state, id }) => facts.kind === 'launch' && state === 'approved' && !this.#spending.has(id),
      )
    for (const { id, text } of approved) {
      const due = [...this.#asked.values()].find((asked) => this.#request(asked)?.text === text)
      if (due === undefined) continue
      this.#spending.add(id)
      void this.decide(due)
        .catch((error: unknown) => this.#deps.complain('a yes to a launch could not be taken', error))
        .finally(() => this.#spending.delete(id))
    }
  }

  /** What a question was about. */
  about(launchHash: string): readonly WaitingServer[] | undefined {
    return this.#asked.get(launchHash)
  }

  /** Nobody waits for an answer any more. */
  close(): void {
    this.#closed.abort()
  }

  async #ask(): Promise<void> {
    if (!this.#isOpen || this.#closed.signal.aborted) return
    const due = this.#deps.due()
    const request = this.#request(due)
    const key = request?.binding.launchHash ?? ''
    if (this.#question?.key === key) return
    this.#question?.over.abort()
    this.#question = undefined
    if (request === undefined) {
      if (due.length > 0) this.#deps.warn(TOO_LONG)
      return
    }
    const over = new AbortController()
    this.#question = { key, over }
    await this.decide(due, this.#asker, over.signal)
  }

  #request(due: readonly WaitingServer[]): ApprovalRequest | undefined {
    const session = this.#deps.session()
    return due.length === 0 ? undefined : launchRequest(due, { session, call: `${session} ${LAUNCH}` })
  }
}
