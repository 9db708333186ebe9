/**
 * Whether the values that somebody uses are others than before: a hash over just those, because a version or an ETag
 * also changes with a comment or a neighbour, and a restart for that would be for nothing. A value that can't be read
 * now counts as what it was: a server that runs on the old one is better off than one that can't be started. That it
 * can't be read is told all the same.
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
