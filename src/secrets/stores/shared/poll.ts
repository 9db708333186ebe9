/**
 * Watching by asking again: every minute unless told otherwise, with jitter so that many watchers don't ask at once,
 * never two questions at a time. What `look` answers is a fingerprint; another one than before is a change. A
 * question that fails is no change, and the next one comes later: the more failed, the later, never before the moment
 * that a back end wished for, and within bounds, so that neither an outage nor a wish ends the watching. Nothing here
 * keeps the process alive.
 */
import { StoreError } from '../../store.ts'
import { LONGEST_WISH_MS } from './retry-after.ts'

const DEFAULT_MS = 60_000
const LONGEST_BACKOFF_MS = 15 * 60_000
/** What a timer of Node can wait; it fires at once when it is asked for more. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

export interface Poll {
  /** Undefined where nothing can be told now, which is a failure like one that is thrown. */
  readonly look: (signal: AbortSignal) => Promise<string | undefined>
  readonly onChange: () => void
  readonly intervalMs?: number | undefined
  /** For one look. */
  readonly deadlineMs?: number
}

export interface Polling {
  readonly stop: () => void
  /** Looks at once, for who has another sign that something changed; not while a back end wishes to be left alone. */
  readonly nudge: () => void
}

interface Look {
  readonly seen?: string
  readonly retryAfterMs?: number | undefined
}

export function poll({ look, onChange, intervalMs = DEFAULT_MS, deadlineMs = 15_000 }: Poll): Polling {
  const stopped = new AbortController()
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
    const { seen, retryAfterMs } = await lookWithin(look, deadlineMs, stopped.signal)
    looking = false
    notBefore = performance.now() + Math.min(retryAfterMs ?? 0, LONGEST_WISH_MS)
    if (stopped.signal.aborted) return
    failures = seen === undefined ? failures + 1 : 0
    const changed = seen !== undefined && known !== undefined && seen !== known
    known = seen ?? known
    const asked = again
    again = false
    if (asked && retryAfterMs === undefined) void once()
    else {
      const ms = nextLook({ intervalMs, failures, retryAfterMs, random: Math.random() })
      timer = setTimeout(() => void once(), ms).unref()
    }
    if (changed) onChange()
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
  /** As the back end wished with the last failure. */
  readonly retryAfterMs?: number | undefined
  /** 0 up to 1. */
  readonly random: number
}

/** In how many milliseconds to look again. */
export function nextLook({ intervalMs, failures, retryAfterMs = 0, random }: LookFacts): number {
  const backoff = Math.min(intervalMs * 2 ** failures, Math.max(intervalMs, LONGEST_BACKOFF_MS))
  const jittered = backoff * (0.9 + random * 0.2)
  // Who wished for a moment is asked after it and not all at once.
  const wished = Math.min(retryAfterMs, LONGEST_WISH_MS) * (1 + random * 0.1)
  return Math.min(Math.max(jittered, wished), LONGEST_TIMER_MS)
}

async function lookWithin(look: Poll['look'], ms: number, stopped: AbortSignal): Promise<Look> {
  const controller = new AbortController()
  const end = (): void => controller.abort(new Error('too late'))
  const timer = setTimeout(end, ms).unref()
  stopped.addEventListener('abort', end, { once: true })
  try {
    const seen = await look(controller.signal)
    return seen === undefined ? {} : { seen }
  } catch (error) {
    return error instanceof StoreError ? { retryAfterMs: error.retryAfterMs } : {}
  } finally {
    clearTimeout(timer)
    stopped.removeEventListener('abort', end)
  }
}
