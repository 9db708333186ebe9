/**
 * Passes on the progress of our requests at a rate that the caller can use: the newest message of many, and always
 * the last one before the answer. So a server that sends progress in a loop doesn't cost masking for each message.
 */
import type { Id } from '../../wire/ids.ts'
import { Newest } from '../messages/newest.ts'
import type { Progress, Waiter } from './request-end.ts'

/** Hosts redraw with each. */
const PROGRESS = { burst: 20, everyMs: 50 }

export class ProgressDesk {
  /** By the token, which is the request's id. */
  readonly #open = new Map<Id, Newest<Progress>>()

  take(id: Id, waiter: Waiter, progress: Progress): void {
    let newest = this.#open.get(id)
    if (newest === undefined) {
      newest = new Newest<Progress>(PROGRESS, (one) => waiter.progressed?.(one))
      this.#open.set(id, newest)
    }
    newest.put(progress)
  }

  /** To be told before the answer of that request is handed on: what waits is passed on first. */
  answered(id: Id): void {
    const newest = this.#open.get(id)
    if (newest === undefined) return
    this.#open.delete(id)
    newest.flush()
  }

  /** Nobody wants to hear of that request any more. */
  forget(id: Id): void {
    const newest = this.#open.get(id)
    this.#open.delete(id)
    newest?.drop()
  }

  /** Nor of any. */
  clear(): void {
    for (const id of this.#open.keys()) this.forget(id)
  }
}
