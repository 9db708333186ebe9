/** A schema made ready: what it asserts, as functions in the order in which they are asked. */
import type { Run, Seen } from './run.ts'

/** False where the value doesn't fit, which has then been reported. `seen` is there where anybody will want to know. */
export type Check = (value: unknown, run: Run, seen: Seen | undefined) => boolean

export interface Node {
  /** Where it fails nothing else is worth saying. */
  type?: Check
  readonly checks: Check[]
  /** `unevaluated…`: after the others, because they are about what the others left. */
  readonly last: Check[]
  /** What the value should be, in a word or two, where type or options say it. */
  expects?: string
}

export function emptyNode(): Node {
  return { checks: [], last: [] }
}
