/**
 * Tells whether the values in use have changed, by a hash over just these values. A version or an ETag also changes
 * with a comment or another secret, and a restart for that would be useless. A value that can't be read now counts as
 * unchanged, since a server that runs with the old one is better than one that can't start. The failure is reported
 * all the same.
 */
import { createHash } from 'node:crypto'
import type { StoreAnswer } from '../../store.ts'
import type { Look } from './poll.ts'

export class Fingerprint {
  readonly #hashes: string[] = []

  of(answers: readonly StoreAnswer[]): Look {
    const failed = answers.flatMap((answer) => (answer.ok ? [] : [answer.error]))
    for (const [at, answer] of answers.entries()) {
      if (answer.ok) this.#hashes[at] = createHash('sha256').update(answer.value).digest('base64')
    }
    return {
      ...(failed.length < answers.length && { seen: this.#hashes.join() }),
      ...(failed[0] !== undefined && { failed: failed[0] }),
    }
  }
}
