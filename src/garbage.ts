/**
 * Sees to it that what is done with doesn't stay in memory. V8 collects when objects fill its heap, and the bytes of a long
 * line aren't in it: each chunk of 64 KB that a pipe brings counts as an object of some bytes. So 20 MB and more of them
 * would wait for a collection, and those that have outlived two of them for a full one, which may come never.
 *
 * - What is new is collected after some MB of long lines of which no text is made. That takes 1 to 3 ms, as next to nothing
 *   of it is in use.
 * - All is collected when nothing was called for a while, where there is much to be won by it. That takes some ten ms,
 *   and so it is done at no other time.
 *
 * V8's only means for both is the function that `--expose-gc` makes. The flag counts for contexts that are made while it
 * is set, so one is made to get it, and nobody else ever sees that function. Where there is none, V8 is left alone.
 */
import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { HEAP_ROOM } from './heap.ts'

const MB = 1024 * 1024
/** Of long lines. */
export const YOUNG_BYTES = 2 * MB
/** Of long lines too: of those that were on their way during two collections of what is new, some may be left. */
export const FULL_BYTES = 8 * MB
/** Of the heap, since all was collected: a part of what calls make outlives two collections of what is new. */
export const GROWN_BYTES = 6 * MB
/** To look at the heap after fewer is not worth it. */
export const MANY_CALLS = 1000
const QUIET_MS = 2000

/** All with nothing: Node 20 takes any object to mean what is new. */
type Collect = (options?: { readonly type: 'minor' }) => void

interface Engine {
  /** @returns undefined where there is none */
  expose(): Collect | undefined
  /** Bytes of the heap in use. */
  used(): number
  /** When this turn of the event loop has ended. */
  soon(act: () => void): void
  /** It keeps no process alive. */
  later(act: () => void, ms: number): void
  onCollected(): void
}

export class Garbage {
  readonly #engine: Engine
  #collect: Collect | undefined
  #isExposed = false
  /** Bytes of long lines since what is new was collected, and since all was; calls since the last look. */
  #sinceYoung = 0
  #sinceAll = 0
  #calls = 0
  /** Of the heap, when all had been collected. */
  #kept = 0
  /** What shows that it isn't quiet. */
  #events = 0
  #isAsked = false
  readonly #givers: (() => void)[] = []
  #isWaiting = false

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /**
   * A long line of so many bytes has been read.
   *
   * @param isText its text fills V8's heap, so V8 collects what is new itself
   */
  passed(bytes: number, isText: boolean): void {
    this.#events += 1
    if (!isText) this.#sinceYoung += bytes
    this.#sinceAll += bytes
    if (this.#sinceYoung >= YOUNG_BYTES && !this.#isAsked) {
      this.#isAsked = true
      this.#engine.soon(this.#collectYoung)
    }
    if (this.#sinceAll >= FULL_BYTES) this.#waitForQuiet()
  }

  /** @param giveBack memory that is only kept to be used again; called before all is collected */
  whenAll(giveBack: () => void): void {
    this.#givers.push(giveBack)
  }

  /** To be called with each call. */
  called(): void {
    this.#events += 1
    this.#calls += 1
    if (this.#calls >= MANY_CALLS) this.#waitForQuiet()
  }

  readonly #collectYoung = (): void => {
    this.#isAsked = false
    this.#sinceYoung = 0
    this.#run({ type: 'minor' })
  }

  #waitForQuiet(): void {
    if (this.#isWaiting) return
    this.#isWaiting = true
    const seen = this.#events
    this.#engine.later(() => {
      this.#isWaiting = false
      if (this.#events !== seen) this.#waitForQuiet()
      else this.#collectAll()
    }, QUIET_MS)
  }

  #collectAll(): void {
    this.#calls = 0
    if (this.#sinceAll < FULL_BYTES && this.#engine.used() - this.#kept < GROWN_BYTES) return
    for (const giveBack of this.#givers) giveBack()
    this.#run()
    this.#sinceAll = 0
    this.#sinceYoung = 0
    this.#kept = this.#engine.used()
  }

  #run(...options: Parameters<Collect>): void {
    if (!this.#isExposed) this.#collect = this.#engine.expose()
    this.#isExposed = true
    this.#collect?.(...options)
    this.#engine.onCollected()
  }
}

/** Undefined where V8 has none. */
export function exposed(): Collect | undefined {
  setFlagsFromString('--expose-gc')
  const found: unknown = runInNewContext('globalThis.gc')
  setFlagsFromString('--no-expose-gc')
  return typeof found === 'function' ? (found as Collect) : undefined
}

/** There is one heap, so there is one. */
export const GARBAGE = new Garbage({
  expose: exposed,
  used: () => getHeapStatistics().used_heap_size,
  soon: setImmediate,
  later: (act, ms) => void setTimeout(act, ms).unref(),
  onCollected: () => HEAP_ROOM.letGrowAgain(),
})
