/**
 * Watching by asking again: every minute unless told otherwise, with jitter so that many watchers don't ask at once,
 * never two questions at a time. What `look` answers is a fingerprint; another one than before is a change. A question
 * that fails is no change. The next one comes by the same interval, whatever went wrong, so that what changed while a
 * store was away is seen within one interval of its return; only a back end that wishes to be left alone, or that says
 * it is asked too often, is left alone longer, and within bounds. Nothing here keeps the process alive.
 */
import { controllerForMany } from '../../../cancellation.ts'
import { asStoreError, StoreError } from '../../store.ts'
import type { Saw } from './looks.ts'
import { LONGEST_WISH_MS } from '../../../net/retry-after.ts'

const DEFAULT_MS = 60_000
/** Of a look that says nothing; shorter where the interval is, so that the next look isn't late. */
const DEADLINE_MS = 15_000
const SHORTEST_DEADLINE_MS = 5000
/** How much of an interval is left free of looks, however long they take. */
const REST = 0.2
const LONGEST_BACKOFF_MS = 60_000
/** What a timer of Node can wait; it fires at once when it is asked for more. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** What came of a look; with both it saw a part of what it is for. */
export interface Look {
  readonly seen?: string
  readonly failed?: StoreError
}

export interface Poll {
  /** A throw is a look that failed. */
  readonly look: (signal: AbortSignal) => Promise<Look>
  readonly onChange: () => void
  /** After each look. */
  readonly saw?: Saw
  readonly intervalMs?: number | undefined
  /** For one look. */
  readonly deadlineMs?: number
}

export interface Polling {
  readonly stop: () => void
  /** Looks at once, for who has another sign that something changed; not while a back end wishes to be left alone. */
  readonly nudge: () => void
}

export function poll({ look, onChange, saw, intervalMs = DEFAULT_MS, deadlineMs }: Poll): Polling {
  const stopped = new AbortController()
  const withinMs = deadlineMs ?? deadlineOf(intervalMs)
  let timer: NodeJS.Timeout | undefined
  let looking = false
  let again = false
  let known: string | undefined
  let failures = 0
  /** On the clock of performance.now(). */
  let notBefore = 0

  async function once(): Promise<void> {
    if (looking) {
      again = true
      return
    }
    looking = true
    clearTimeout(timer)
    const began = performance.now()
    const { seen, failed } = await lookWithin(look, withinMs, stopped.signal)
    looking = false
    const now = performance.now()
    notBefore = now + (failed?.retryAfterMs ?? 0)
    if (stopped.signal.aborted) return
    failures = failed === undefined ? 0 : failures + 1
    const changed = seen !== undefined && known !== undefined && seen !== known
    known = seen ?? known
    const asked = again
    again = false
    if (asked && failed?.retryAfterMs === undefined) void once()
    else {
      const facts = { intervalMs, failures, failed, tookMs: now - began, random: Math.random() }
      timer = setTimeout(() => void once(), nextLook(facts)).unref()
    }
    if (changed) onChange()
    saw?.(failed)
  }

  void once()
  return {
    nudge: () => {
      if (!stopped.signal.aborted && performance.now() >= notBefore) void once()
    },
    stop: () => {
      clearTimeout(timer)
      stopped.abort()
    },
  }
}

export interface LookFacts {
  readonly intervalMs: number
  /** In a row, up to now. */
  readonly failures: number
  /** What went wrong with the last one. */
  readonly failed?: Pick<StoreError, 'code' | 'retryAfterMs'> | undefined
  readonly tookMs: number
  /** 0 up to 1. */
  readonly random: number
}

/** In how many milliseconds to look again, counted from the end of the last look. */
export function nextLook({ intervalMs, failures, failed, tookMs, random }: LookFacts): number {
  const interval = intervalMs * (0.9 + random * 0.1)
  if (failed === undefined) return Math.min(interval, LONGEST_TIMER_MS)
  const { code, retryAfterMs } = failed
  // It says that it is asked too often, and not when it may be asked.
  if (code === 'rate_limited' && retryAfterMs === undefined) {
    const longest = Math.max(LONGEST_BACKOFF_MS, 3 * intervalMs)
    return Math.min(interval * 2 ** failures, longest, LONGEST_TIMER_MS)
  }
  // Counted from its beginning: one that hung must not make the next one later.
  const rest = Math.max(interval - tookMs, intervalMs * REST)
  // Who wished for a moment is asked after it and not all at once.
  const wished = Math.min(retryAfterMs ?? 0, LONGEST_WISH_MS) * (1 + random * 0.1)
  return Math.min(Math.max(rest, wished), LONGEST_TIMER_MS)
}

function deadlineOf(intervalMs: number): number {
  return Math.min(DEADLINE_MS, Math.max(SHORTEST_DEADLINE_MS, intervalMs * (1 - REST)))
}

async function lookWithin(look: Poll['look'], ms: number, stopped: AbortSignal): Promise<Look> {
  const controller = controllerForMany()
  const end = (): void => controller.abort(tooLate(ms))
  const timer = setTimeout(end, ms).unref()
  stopped.addEventListener('abort', end, { once: true })
  try {
    return await look(controller.signal)
  } catch (error) {
    return { failed: controller.signal.aborted ? tooLate(ms) : asStoreError(error, "it can't be read") }
  } finally {
    clearTimeout(timer)
    stopped.removeEventListener('abort', end)
  }
}

function tooLate(ms: number): StoreError {
  return new StoreError('timeout', `no answer within ${ms / 1000} s`, {
    hint: 'check that the store can be reached',
  })
}
