/** Waiting with a bound, which leaves no timer behind that keeps the process alive. */
import { awakeTimeout, type AwakeTimer } from '../awake.ts'
import type { StopSignal } from '../cancellation.ts'

/** Node runs a timer beyond this at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1

/** Whether `promise` settled within `ms` of awake time; a rejection counts as settled. */
export async function settlesWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: AwakeTimer | undefined
  const late = new Promise<false>((resolve) => {
    timer = awakeTimeout(() => resolve(false), ms)
  })
  const settled = promise.then(
    () => true,
    () => true,
  )
  try {
    return await Promise.race([settled, late])
  } finally {
    timer?.clear()
  }
}

/** Resolves after `ms`, or at once when `signal` fires. */
export async function pause(ms: number, signal: StopSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })
}

/** `promise`, or a rejection with the signal's reason as soon as it fires; for work that ignores signals. */
export async function unlessAborted<T>(promise: Promise<T>, signal: StopSignal): Promise<T> {
  signal.throwIfAborted()
  let onAbort: (() => void) | undefined
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'))
    signal.addEventListener('abort', onAbort)
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    if (onAbort !== undefined) signal.removeEventListener('abort', onAbort)
  }
}
