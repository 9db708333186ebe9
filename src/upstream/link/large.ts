/**
 * Sends a very long line to another thread (large/), because reading it here would hold up every other call. The
 * thread returns the finished result: normalised, with the large members already written as JSON.
 */
import type { Frame } from '../../wire/framing.ts'
import type { NormalizedResult } from '../messages/results.ts'

/** From here on a line is read by a thread of its own: to parse it takes as long as to ask that thread. */
export const LARGE_BYTES = 256 * 1024

/** What a server answers with that may be large; anything else is read at once, whatever its length. */
export const MAY_BE_LARGE: ReadonlySet<string> = new Set(['tools/call', 'prompts/get', 'resources/read'])

export interface LargeFacts {
  readonly method: string
  /** The server is of 2026-07-28 or later. */
  readonly modern: boolean
}

/** Resolves with a message that has a `FinishedResult`, or one as framing.ts gives it; never rejects. */
export type ReadLarge = (line: readonly Buffer[], facts: LargeFacts) => Promise<Frame>

/** In the place of a result as the server sent it. */
export class FinishedResult {
  readonly normalized: NormalizedResult

  constructor(normalized: NormalizedResult) {
    this.normalized = normalized
  }
}
