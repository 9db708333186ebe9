/**
 * Checks that the segment that is being written still has its name: nobody verifies a record in a file with another
 * name or with none. A file keeps its identity while it is open, so one look at its name tells.
 */
import { fstatSync, statSync } from 'node:fs'

/**
 * Of a record: `before` the thing that it tells of, which isn't done where the record can't be written, or `after` it,
 * when nothing waits for the record any more.
 */
export type Tense = 'before' | 'after'

/** After this time no record is written without a look. */
const LOOK_MS = 1000

export class Whereabouts {
  readonly #file: string
  readonly #own: { readonly ino: number; readonly dev: number }
  /** In ms of `performance.now`. */
  #seenAt = -Infinity

  constructor(file: string, fd: number) {
    this.#file = file
    const { ino, dev } = fstatSync(fd)
    this.#own = { ino, dev }
  }

  /** Looks before everything that waits for its record, and else once a second. */
  isInPlace(tense: Tense): boolean {
    const now = performance.now()
    if (tense === 'after' && now - this.#seenAt < LOOK_MS) return true
    const there = statSync(this.#file, { throwIfNoEntry: false })
    const isThere = there !== undefined && there.ino === this.#own.ino && there.dev === this.#own.dev
    this.#seenAt = isThere ? now : -Infinity
    return isThere
  }
}
