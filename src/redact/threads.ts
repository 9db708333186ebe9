/**
 * One thread a server for all that it says unasked towards the host: progress, log messages, questions, updates. It is
 * one, because a value can be split over all of them (promise 3). Each remembers little, and there are as many as
 * servers ever were.
 */
import type { Redactor } from './redactor.ts'
import type { Thread } from './thread.ts'

export class Threads {
  readonly #redactor: Pick<Redactor, 'thread'>
  readonly #threads = new Map<string, Thread>()

  constructor(redactor: Pick<Redactor, 'thread'>) {
    this.#redactor = redactor
  }

  of(server: string): Thread {
    const known = this.#threads.get(server)
    if (known !== undefined) return known
    const thread = this.#redactor.thread()
    this.#threads.set(server, thread)
    return thread
  }
}
