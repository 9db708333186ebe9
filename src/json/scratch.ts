/**
 * Memory that is used again and again, since to be given new memory is dearer than nearly all that is done in it. What is
 * in it is of use only until the next one asks for it. When nobody has called for a while it is given back (garbage.ts).
 */
import { GARBAGE } from '../garbage.ts'

const FIRST = 64 * 1024

export class Scratch {
  #bytes = Buffer.allocUnsafeSlow(FIRST)

  constructor() {
    GARBAGE.whenAll(() => {
      if (this.#bytes.length > FIRST) this.#bytes = Buffer.allocUnsafeSlow(FIRST)
    })
  }

  atLeast(size: number): Buffer {
    if (size <= this.#bytes.length) return this.#bytes
    if (size > MAX_KEPT) return Buffer.allocUnsafeSlow(size)
    this.#bytes = Buffer.allocUnsafeSlow(Math.min(MAX_KEPT, size + size / 4))
    return this.#bytes
  }
}

/** What is larger is given back. */
const MAX_KEPT = 2 * 1024 * 1024
