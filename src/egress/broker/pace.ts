/**
 * Holds a broker to what one server may use of sidemux (promise 1): a part of the event loop, for all of its requests and
 * connections together (wire/budget.ts), and a part of the memory, for all that is held to be looked at as a whole.
 */
import { Transform, type TransformCallback } from 'node:stream'
import { Budget } from '../../wire/budget.ts'

/** Of the loop, measured (bench/broker.mjs); bodies are counted as they pass. */
const REQUEST_MS = 0.3
const HANDSHAKE_MS = 3
/** Of bodies that are held, of all requests of a server. */
const MOST_HELD = 16 * 1024 * 1024

export class Pace {
  readonly #budget = new Budget()
  #room = MOST_HELD

  /** Waits for its turn. */
  async of(what: 'request' | 'handshake'): Promise<void> {
    const wait = this.#budget.spend(what === 'request' ? REQUEST_MS : HANDSHAKE_MS)
    if (wait !== undefined) await this.#budget.rest(wait)
  }

  /** Does some work for a part of a body, and says `done` when the next part may come. */
  work(act: () => void, done: () => void): void {
    const since = this.#budget.now
    act()
    const wait = this.#budget.spend(this.#budget.now - since)
    if (wait === undefined) done()
    else void this.#later(wait, done)
  }

  async #later(wait: number, done: () => void): Promise<void> {
    await this.#budget.rest(wait)
    done()
  }

  /** False where there is no room for so many bytes more. */
  hold(bytes: number): boolean {
    if (bytes > this.#room) return false
    this.#room -= bytes
    return true
  }

  letGo(bytes: number): void {
    this.#room += bytes
  }
}

/** Hands on what it gets, at the pace of its server. */
export class Paced extends Transform {
  readonly #pace: Pace

  constructor(pace: Pace) {
    super()
    this.#pace = pace
  }

  override _transform(chunk: Buffer, _: string, done: TransformCallback): void {
    this.#pace.work(() => this.push(chunk), done)
  }
}
