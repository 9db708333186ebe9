/**
 * What a child's life does next: start a process at once, after a pause, beside the one that works or in its place, or
 * give up; pure.
 *
 * - What could not even be launched, because a secret store is away or this machine is short of something, is no crash:
 *   it is tried again for ever, after 1 s, 2 s, 4 s, … at most 30 s, a little less by chance so that ten servers don't
 *   ask in one beat, and never before the moment that a back end wished for.
 * - A process that went down is started again at a pace that has an end (backoff.ts).
 * - While a process works that is to be replaced, nothing ever gives up: each try that came to nothing is followed by
 *   another, with the same growing pauses. A server that allows no second process of its own, because of a lock or a
 *   port, can't get ready beside the first. After two such tries one is made without the other, and if that doesn't
 *   help either, after twice as many more: 2, 4, 8, ….
 */
import type { NextStart } from './backoff.ts'
import type { Down } from './diagnosis.ts'
import type { Replace } from './start.ts'

/** Milliseconds. */
export interface Pauses {
  readonly firstMs: number
  readonly longestMs: number
}

export const PAUSES: Pauses = { firstMs: 1000, longestMs: 30_000 }

export interface Situation {
  /** One works meanwhile, and is to be replaced. */
  readonly serving: boolean
  readonly replace: Replace
  /** How the last try ended; undefined when there was none yet. */
  readonly last: Down | undefined
  /** Tries in a row that came to nothing. */
  readonly failures: number
  /** Milliseconds that the last one took; a store that says nothing is waited for long enough by that. */
  readonly tookMs: number
  /** Since then: processes that were launched beside the one that works and didn't get ready. */
  readonly besideFailed: number
  /** Tries that were made in place of the one that works. */
  readonly swaps: number
  /** What the pace of crashes says. */
  readonly pace: NextStart
  /** 0 up to 1. */
  readonly random: number
}

export type Step =
  | { readonly kind: 'start'; readonly delayMs: number; readonly how: Replace }
  | { readonly kind: 'failed' }

export function nextStep(situation: Situation, pauses: Pauses = PAUSES): Step {
  const { serving, last, pace } = situation
  const how = serving ? howToReplace(situation) : 'beside'
  if (last === undefined || (serving && last.again === 'now')) return { kind: 'start', delayMs: 0, how }
  if (serving || last.again === 'passed') return { kind: 'start', delayMs: pauseOf(situation, pauses), how }
  if (last.again === 'never' || pace.kind === 'failed') return { kind: 'failed' }
  return { kind: 'start', delayMs: last.again === 'now' ? 0 : pace.delayMs, how }
}

function howToReplace({ replace, besideFailed, swaps }: Situation): Replace {
  return replace === 'after' || besideFailed >= 2 * 2 ** swaps ? 'after' : 'beside'
}

const MAX_LATER_MS = 1000

/** From the beginning of one try to that of the next, with some rest between them. */
function pauseOf({ failures, tookMs, last, random }: Situation, { firstMs, longestMs }: Pauses): number {
  const grown = Math.min(firstMs * 2 ** Math.max(failures - 1, 0), longestMs)
  const pause = Math.max(grown - tookMs, firstMs) * (0.8 + 0.2 * random)
  const wish = last?.retryAfterMs
  return wish === undefined ? pause : Math.max(pause, wish + Math.min(wish / 10, MAX_LATER_MS) * random)
}
