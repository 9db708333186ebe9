/** Waiting that ends when it must: what is waited for may ignore its signal, and may never settle at all. */
import { controllerForMany } from '../cancellation.ts'

/** Rejects with the signal's reason as soon as it aborts; the promise is abandoned and may then fail unheard. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error)
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    void promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}

/**
 * Runs `work` under a signal that aborts with `reason()` after `ms`, or with a parent's reason before that.
 * AbortSignal.any with AbortSignal.timeout would be shorter; on Node 20 such a signal can be collected unfired.
 */
export async function withDeadline<T>(
  ms: number,
  reason: () => Error,
  parents: readonly (AbortSignal | undefined)[],
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = controllerForMany()
  const timer = setTimeout(() => controller.abort(reason()), ms)
  const release = parents.map((parent) => {
    const onAbort = (): void => controller.abort(parent?.reason)
    if (parent?.aborted === true) onAbort()
    parent?.addEventListener('abort', onAbort, { once: true })
    return () => parent?.removeEventListener('abort', onAbort)
  })
  try {
    return await work(controller.signal)
  } finally {
    clearTimeout(timer)
    for (const stop of release) stop()
  }
}
