/**
 * Keeps the requests of ours that wait for an answer, by their ids, and tells which of them an answer is for. Pure.
 *
 * - An id may come back written in another way (ids.ts). Each request is taken out once, so it has one answer at most.
 * - A cancelled request is remembered for some time: its answer is late, which is no fault of the peer.
 * - An answer without a usable id is for the only request that waits, and only when it can't be for a notification of
 *   ours, which some peers answer too.
 */
import { PassingMap } from '../passing.ts'
import { meant, type Id } from './ids.ts'

interface Entry<R> {
  readonly request: R
  /** What was sent before it has a smaller one. */
  readonly order: number
}

const MAX_REMEMBERED = 1024

export class WaitingRequests<R> {
  readonly #waiting = new PassingMap<Id, Entry<R>>()
  readonly #cancelled = new Set<Id>()
  #sent = 0
  /** The last notification that the peer may still answer; 0 when it has answered what was sent after it. */
  #notified = 0

  /** To be told of each request before it is written. */
  add(id: Id, request: R): void {
    this.#sent += 1
    this.#waiting.set(id, { request, order: this.#sent })
  }

  /** To be told of each notification before it is written. */
  notified(): void {
    this.#sent += 1
    this.#notified = this.#sent
  }

  /** The id under which the request waits that is meant; undefined where none does. */
  find(written: unknown): Id | undefined {
    if (typeof written === 'number' && this.#waiting.has(written)) return written
    return meant(written, (id) => this.#waiting.has(id))
  }

  get(id: Id): R | undefined {
    return this.#waiting.get(id)?.request
  }

  /** Takes out a request that was answered. */
  answered(id: Id): R | undefined {
    const entry = this.#waiting.get(id)
    if (entry === undefined) return undefined
    if (entry.order > this.#notified) this.#notified = 0
    this.#waiting.delete(id)
    return entry.request
  }

  /** Takes out a request to which no answer will come. */
  drop(id: Id): R | undefined {
    const request = this.get(id)
    this.#waiting.delete(id)
    return request
  }

  /** Nobody wants its answer any more. */
  cancel(id: Id): R | undefined {
    const request = this.drop(id)
    if (request === undefined) return undefined
    this.#cancelled.add(id)
    const [oldest] = this.#cancelled
    if (this.#cancelled.size > MAX_REMEMBERED && oldest !== undefined) this.#cancelled.delete(oldest)
    return request
  }

  /** Whether it is the answer to a cancelled request; true once for each. */
  isLate(written: unknown): boolean {
    const id = this.cancelledAs(written)
    return id !== undefined && this.#cancelled.delete(id)
  }

  /** The id of the cancelled request that is meant. */
  cancelledAs(written: unknown): Id | undefined {
    return this.#cancelled.size === 0 ? undefined : meant(written, (id) => this.#cancelled.has(id))
  }

  /** The request that an answer without a usable id is for; undefined where it can be for another, or for none. */
  only(mayBe: (request: R) => boolean): Id | undefined {
    if (this.#notified > 0) return undefined
    let only: Id | undefined
    for (const [id, { request }] of this.#waiting) {
      if (!mayBe(request)) continue
      if (only !== undefined) return undefined
      only = id
    }
    return only
  }

  some(is: (request: R) => boolean): boolean {
    for (const { request } of this.#waiting.values()) if (is(request)) return true
    return false
  }

  /** Takes out all of them. */
  clear(): readonly R[] {
    const all = [...this.#waiting.values()].map(({ request }) => request)
    this.#waiting.clear()
    return all
  }
}
