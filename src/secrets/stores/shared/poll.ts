/**
 * Watching by asking again: every minute unless told otherwise, with jitter so that many watchers don't ask at once,
 * never two questions at a time. What `look` answers is a fingerprint; another one than before is a change. A
 * question that fails is no change, and the next one comes later. Nothing here keeps the process alive.
 */

const DEFAULT_MS = 60_000
const MAX_FAILURES_COUNTED = 4

export interface Poll {
  /** Undefined where nothing can be told now. */
  readonly look: (signal: AbortSignal) => Promise<string | undefined>
  readonly onChange: () => void
  readonly intervalMs?: number | undefined
  /** For one look. */
  readonly deadlineMs?: number
}

export interface Polling {
  readonly stop: () => void
  /** Looks at once, for who has another sign that something changed. */
  readonly nudge: () => void
}

export function poll({ look, onChange, intervalMs = DEFAULT_MS, deadlineMs = 15_000 }: Poll): Polling {
  const stopped = new AbortController()
  let timer: NodeJS.Timeout | undefined
  let looking = false
  let again = false
  let known: string | undefined
  let failures = 0

  async function once(): Promise<void> {
    if (looking) {
      again = true
      return
    }
    looking = true
    clearTimeout(timer)
    const seen = await lookWithin(look, deadlineMs, stopped.signal)
    looking = false
    if (stopped.signal.aborted) return
    failures = seen === undefined ? Math.min(failures + 1, MAX_FAILURES_COUNTED) : 0
    const changed = seen !== undefined && known !== undefined && seen !== known
    known = seen ?? known
    if (again) {
      again = false
      void once()
    } else {
      timer = setTimeout(() => void once(), intervalMs * 2 ** failures * (0.9 + Math.random() * 0.2)).unref()
    }
    if (changed) onChange()
  }

  void once()
  return {
    nudge: () => void (stopped.signal.aborted ? undefined : once()),
    stop: () => {
      clearTimeout(timer)
      stopped.abort()
    },
  }
}

async function lookWithin(look: Poll['look'], ms: number, stopped: AbortSignal): Promise<string | undefined> {
  const controller = new AbortController()
  const end = (): void => controller.abort(new Error('too late'))
  const timer = setTimeout(end, ms).unref()
  stopped.addEventListener('abort', end, { once: true })
  try {
    return await look(controller.signal)
  } catch {
    return undefined
  } finally {
    clearTimeout(timer)
    stopped.removeEventListener('abort', end)
  }
}
