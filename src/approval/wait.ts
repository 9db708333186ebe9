/**
 * A call's wait for a question: until a decision, the host's cancelling, the end of the question, or the end of the
 * wait. The question may live on; the wait ends once and leaves nothing behind.
 */
import type { Decision } from './decision.ts'
import type { OpenQuestion, Waiter } from './open-question.ts'

const STILL_WAITING_MS = 5000

export interface Wait {
  readonly ms: number
  /** The host cancelled, or went away. */
  readonly signal: AbortSignal
  onTimeout(): Promise<Decision>
  onAbort(): Promise<Decision>
  /** The question ended, and not by a decision for this call. */
  onOver(): Promise<Decision>
  /** Now and then while it lasts. */
  onWaiting(): void
}

export interface Waiting {
  readonly decision: Promise<Decision>
  /** Fires at the end of the wait. */
  readonly over: AbortSignal
}

export function waitFor(question: OpenQuestion, wait: Wait): Waiting {
  // Not AbortSignal.any: on Node 20 such a signal can be collected before it has fired.
  const over = new AbortController()
  const decision = new Promise<Decision>((resolve, reject) => {
    const timer = setTimeout(() => waiter.later(() => wait.onTimeout()), wait.ms)
    const ticking = setInterval(() => wait.onWaiting(), STILL_WAITING_MS).unref()
    const onAbort = (): void => waiter.later(() => wait.onAbort())
    const onOver = (): void => waiter.later(() => wait.onOver())
    const leave = (): void => {
      clearTimeout(timer)
      clearInterval(ticking)
      wait.signal.removeEventListener('abort', onAbort)
      question.over.removeEventListener('abort', onOver)
      if (question.waiter === waiter) question.waiter = undefined
      over.abort()
    }
    const waiter: Waiter = {
      settle: (given) => {
        leave()
        resolve(given)
      },
      later: (make) => {
        leave()
        make().then(resolve, reject)
      },
      fail: (error) => {
        leave()
        reject(error instanceof Error ? error : new Error('the decision failed'))
      },
    }
    question.waiter = waiter
    wait.signal.addEventListener('abort', onAbort)
    question.over.addEventListener('abort', onOver)
    if (wait.signal.aborted) onAbort()
  })
  return { decision, over: over.signal }
}
