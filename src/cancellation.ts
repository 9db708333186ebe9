/**
 * Tells who works for a call that nobody wants it any more. It does what an AbortSignal does, and costs nothing until
 * somebody listens: an AbortSignal takes two microseconds and four kilobytes, and each call has one. Who needs a real one,
 * for fetch or AbortSignal.any, gets it from `abortSignalOf`.
 */
import { setMaxListeners } from 'node:events'

/** Any AbortSignal is one too. */
export interface StopSignal {
  readonly aborted: boolean
  readonly reason: unknown
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
  throwIfAborted(): void
}

export class Cancellation implements StopSignal {
  #aborted = false
  #reason: unknown
  #listeners: readonly (() => void)[] = NONE

  get aborted(): boolean {
    return this.#aborted
  }

  /** What `cancel` was given; an error where that was nothing, as of an AbortSignal. */
  get reason(): unknown {
    return this.#reason
  }

  /** Tells each listener, once. One that throws doesn't keep the others from being told. */
  cancel(reason?: unknown): void {
    if (this.#aborted) return
    this.#aborted = true
    this.#reason = reason ?? new DOMException('This operation was aborted', 'AbortError')
    for (const listener of this.#listeners) {
      // Another one may have taken it out meanwhile.
      if (!this.#listeners.includes(listener)) continue
      try {
        listener()
      } catch (error) {
        queueMicrotask(() => {
          throw error
        })
      }
    }
    this.#listeners = NONE
  }

  /** A listener that is there already isn't told twice. */
  addEventListener(_type: 'abort', listener: () => void): void {
    if (this.#aborted || this.#listeners.includes(listener)) return
    this.#listeners = [...this.#listeners, listener]
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    const isOnly = this.#listeners.length === 1 && this.#listeners[0] === listener
    this.#listeners = isOnly ? NONE : this.#listeners.filter((one) => one !== listener)
  }

  throwIfAborted(): void {
    if (this.#aborted) throw this.#reason
  }
}

const NONE: readonly (() => void)[] = []
const made = new WeakMap<StopSignal, AbortSignal>()

/** For what nobody calls off. One for all: any number may listen to it at once. */
export const NEVER: StopSignal = new Cancellation()

/** The same signal as a real one. */
export function abortSignalOf(signal: StopSignal): AbortSignal {
  if (signal instanceof AbortSignal) return signal
  const known = made.get(signal)
  if (known !== undefined) return known
  const controller = new AbortController()
  const abort = (): void => controller.abort(signal.reason)
  if (signal.aborted) abort()
  else signal.addEventListener('abort', abort)
  made.set(signal, controller.signal)
  return controller.signal
}

/** Node would suspect a leak from the eleventh listener on; this signal may have any number at once. */
export function forMany(signal: AbortSignal): AbortSignal {
  setMaxListeners(0, signal)
  return signal
}

export function controllerForMany(): AbortController {
  const controller = new AbortController()
  forMany(controller.signal)
  return controller
}
