/**
 * Keeps V8's heap small. While sidemux is loaded much is made that is soon gone, so V8 gives it more and more room, which an
 * idle process then keeps: 6 of 75 MB. From the first call on there is work for which room pays, and up to 4 MB it does:
 * what is new is gone through less often. Next to nothing of a call outlives it, so more room saves no time, and V8 would take
 * 16 MB, twice, and keep them.
 */
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'

/** V8 reads it each time when its room for what is new is full; 2 is its default. */
const GROWTH = '--semi-space-growth-factor'
/** Of both halves of that room. */
const ENOUGH_BYTES = 2 * 4 * 1024 * 1024
/** A look takes longer than much of what a call needs. Room for what is new is full after more calls than that. */
const LOOK_EVERY = 32

type V8 = Pick<typeof import('node:v8'), 'getHeapSpaceStatistics' | 'setFlagsFromString'>

export class HeapRoom {
  readonly #v8: V8
  #calls = 0
  #hasEnough = false

  constructor(v8: V8) {
    this.#v8 = v8
  }

  keepSmall(): void {
    this.#v8.setFlagsFromString(`${GROWTH}=1`)
  }

  /** To be called with each call. */
  letGrow(): void {
    if (this.#hasEnough) return
    if (this.#calls === 0) this.#v8.setFlagsFromString(`${GROWTH}=2`)
    this.#calls += 1
    if (this.#calls % LOOK_EVERY !== 0 || this.#forNew() < ENOUGH_BYTES) return
    this.#hasEnough = true
    this.keepSmall()
  }

  /** A collection at a time when little is new takes the room away again. */
  letGrowAgain(): void {
    this.#calls = 0
    this.#hasEnough = false
  }

  #forNew(): number {
    const spaces = this.#v8.getHeapSpaceStatistics()
    return spaces.find(({ space_name: name }) => name === 'new_space')?.space_size ?? Infinity
  }
}

/** There is one heap, so there is one. */
export const HEAP_ROOM = new HeapRoom({ getHeapSpaceStatistics, setFlagsFromString })
