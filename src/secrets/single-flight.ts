/**
 * One request for many who want the same at the same time: twenty servers that start together and read one
 * folder cost one list. Nothing is kept once it has arrived. The work is aborted when the last one who waits for it
 * has given up, or at `close`.
 */
import { abortable } from './abort.ts'

interface Flight<T> {
  readonly promise: Promise<T>
  readonly controller: AbortController
  waiters: number
}

export class SingleFlight<T> {
  readonly #flights = new Map<string, Flight<T>>()

  async run(key: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    signal.throwIfAborted()
    const flight = this.#flights.get(key) ?? this.#start(key, work)
    flight.waiters++
    try {
      return await abortable(flight.promise, signal)
    } finally {
      flight.waiters--
      if (flight.waiters === 0) this.#end(key, flight, signal.reason)
    }
  }

  close(reason: unknown): void {
    for (const [key, flight] of this.#flights) this.#end(key, flight, reason)
  }

  #start(key: string, work: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const controller = new AbortController()
    const flight = { promise: work(controller.signal), controller, waiters: 0 }
    this.#flights.set(key, flight)
    return flight
  }

  #end(key: string, flight: Flight<T>, reason: unknown): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key)
    flight.controller.abort(reason)
  }
}
