/**
 * Decides the next step in a child's life: start a process at once or after a pause, beside the one that works or in
 * its place, or give up. Pure.
 *
 * - What could not even be launched, because a secret store is away or this machine is short of something, is no crash:
 *   it is tried again for ever, after 1 s, 2 s, 4 s, … at most 30 s, a little less by chance so that ten servers don't
 *   ask in one beat, and never before the moment that a back end wished for.
 * - A process that went down is started again ever more slowly, and never given up (backoff.ts). The next try in another
 *   era is made at once, but not again and again.
 * - What only a person can mend has failed. It is looked at again when he has (child.ts), or seldom, where that costs
 *   nothing.
 * - While a process works that is to be replaced, nothing ever gives up: each try that came to nothing is followed by
 *   another, with the same growing pauses. A server that allows no second process of its own, because of a lock or a
 *   port, can't get ready beside the first. After two such tries one is made without the other, and if that doesn't
 *   help either, after twice as many more: 2, 4, 8, ….
 */
import { seldom, type NextStart } from '../../backoff.ts'
import type { Down } from '../../session/diagnosis.ts'
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
  /** Of them, the last ones in a row after which another era was to be tried at once. */
  readonly guesses: number
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

export type NextStep =
  | {
      readonly kind: 'start'
      readonly delayMs: number
      readonly how: Replace
      /** It went down so often, with nothing that works beside it, that the next one is long after. */
      readonly seldom?: true
    }
  | {
      readonly kind: 'failed'
      /** When it is looked at again, from now; absent where that is a person's. */
      readonly againMs?: number
    }

/** A remembered era that is wrong, and a probe that it doesn't bear. */
const MAX_GUESSES = 2

export function nextStep(situation: Situation, pauses: Pauses = PAUSES): NextStep {
  const { serving, last, pace } = situation
  const how = serving ? howToReplace(situation) : 'beside'
  if (last === undefined || (serving && last.again === 'now')) return { kind: 'start', delayMs: 0, how }
  if (serving || last.again === 'passed') return { kind: 'start', delayMs: pauseOf(situation, pauses), how }
  if (last.again === 'never') return { kind: 'failed' }
  if (last.again === 'seldom') return { kind: 'failed', againMs: seldom(situation.failures - 1) }
  if (last.again === 'now' && situation.guesses <= MAX_GUESSES) return { kind: 'start', delayMs: 0, how }
  return { kind: 'start', delayMs: pace.delayMs, how, ...(pace.kind === 'seldom' && { seldom: true }) }
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
