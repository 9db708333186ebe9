/**
 * A subscription to the news of a server: `subscriptions/listen`, a request that stays open while the server tells of
 * changes (2026-07-28 basic/patterns/subscriptions). The server acknowledges it, and its answer is the end.
 */
import type { JsonObject } from '../../json/record.ts'
import type { RequestEnd, Waiter } from '../link/request-end.ts'
import { LISTEN } from '../link/gate.ts'
import { NoAnswer, resultOf } from './no-answer.ts'
import type { Speaker } from './speaker.ts'

/** `local` when it was closed here, `graceful` when the server has answered, `remote` when it broke off. */
export type SubscriptionEnd = 'local' | 'graceful' | 'remote'

export class Subscription implements Waiter {
  readonly method = LISTEN
  readonly closed: Promise<SubscriptionEnd>
  readonly #speaker: Speaker
  readonly #id: string
  #isOver = false
  #sayOpen: (error?: unknown) => void = () => undefined
  #sayClosed: (how: SubscriptionEnd) => void = () => undefined

  /** @param id of the request, used once */
  constructor(speaker: Speaker, id: string) {
    this.#speaker = speaker
    this.#id = id
    this.closed = new Promise((resolve) => {
      this.#sayClosed = resolve
    })
  }

  /**
   * Resolves when the server has acknowledged it.
   *
   * @throws RpcError or NoAnswer
   */
  async open(notifications: JsonObject, timeoutMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    try {
      await new Promise<void>((resolve, reject) => {
        this.#sayOpen = (error) => (error === undefined ? resolve() : reject(error))
        timer = setTimeout(() => this.#end('remote', new NoAnswer({ how: 'late' })), timeoutMs)
        this.#speaker.send(this.#id, { _meta: this.#speaker.envelope(), notifications }, this)
      })
    } finally {
      clearTimeout(timer)
    }
  }

  acknowledged(): void {
    this.#sayOpen()
  }

  answered(answer: RequestEnd): void {
    if (this.#isOver) return
    this.#isOver = true
    try {
      resultOf(answer)
      this.#sayOpen(new NoAnswer({ how: 'gone' }))
      this.#sayClosed('graceful')
    } catch (error) {
      this.#sayOpen(error)
      this.#sayClosed('remote')
    }
  }

  close(): void {
    this.#end('local', new NoAnswer({ how: 'gone' }))
  }

  #end(how: SubscriptionEnd, error: NoAnswer): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#speaker.cancel(this.#id)
    this.#sayOpen(error)
    this.#sayClosed(how)
  }
}
