/** Reports a child's life: its state to callers, and events to the log and the audit log. */
import { look, type Down, type Failure } from '../../session/diagnosis.ts'
import type { ChildLog } from './events.ts'
import type { ChildStanding } from '../standing.ts'
import type { Tries } from '../starting/tries.ts'

export class Telling {
  readonly #id: string
  readonly #log: ChildLog
  readonly #standing: ChildStanding
  readonly #tries: Tries
  /** The failure that was told since it last worked, or was another. */
  #told: string | undefined
  #saidNotReady = false

  constructor(id: string, log: ChildLog, standing: ChildStanding, tries: Tries) {
    this.#id = id
    this.#log = log
    this.#standing = standing
    this.#tries = tries
  }

  starting(): void {
    const { last, failures } = this.#tries
    this.#standing.set({
      kind: 'starting',
      tries: failures + 1,
      ...(last !== undefined && { last: failureOf(last) }),
      ...this.#tries.awaited,
    })
  }

  /** A start came to nothing. */
  notReady({ reason, hint, said, again }: Down): void {
    const { failures } = this.#tries
    // Those are told as what it waits for.
    if (again === 'passed' || again === 'never' || again === 'seldom') return
    // That it bears no probe is no news, as the next try is made at once in the other era.
    const isNews = again !== 'now' && !this.#saidNotReady
    this.#saidNotReady ||= isNews
    this.#log.event({
      kind: 'not-ready',
      id: this.#id,
      reason,
      hint,
      tries: failures,
      ...(isNews && { isNews }),
      ...(said !== undefined && { said }),
    })
  }

  /** @param retryAt milliseconds since 1970 */
  waiting(retryAt: number): void {
    const { awaited } = this.#tries.awaited
    // It is about to be told of as failed (failed), which callers are to hear at once.
    if (this.#tries.last?.again === 'never') return this.#standing.set({ kind: 'failed', ...this.#why() })
    this.#standing.set({ kind: 'waiting', ...this.#why(), retryAt, ...this.#tries.awaited })
    if (awaited !== undefined && this.#tries.failures === 1)
      this.#log.event({ kind: 'waits', id: this.#id, ...awaited })
  }

  /** @param retryAt long from now, as it went down too often; milliseconds since 1970 */
  waitingLong(retryAt: number): void {
    const why = this.#why()
    const reason = `${sentence(why.reason)} It went down often, so it is tried seldom now, and when it is called.`
    this.#standing.set({ kind: 'waiting', ...why, reason, retryAt })
    this.#failed(reason, why.hint)
  }

  /** What only a person can mend. */
  failed(): void {
    const why = this.#why()
    this.#standing.set({ kind: 'failed', ...why })
    this.#failed(why.reason, why.hint)
  }

  /** It has ended, and is started when somebody wants it. */
  asleep(reason: string): void {
    this.#standing.set({ kind: 'asleep', reason })
    this.#log.event({ kind: 'sleeps', id: this.#id, reason })
  }

  /** It wasn't started yet, which is no news. */
  notCalled(): void {
    const reason = `"${this.#id}" has not been called yet.`
    this.#standing.set({ kind: 'asleep', reason })
  }

  works(): void {
    this.#told = undefined
    this.#saidNotReady = false
  }

  #failed(reason: string, hint: string): void {
    if (this.#told === reason) return
    this.#told = reason
    this.#log.event({ kind: 'failed', id: this.#id, reason, hint })
  }

  #why(): Failure {
    const { last } = this.#tries
    return last === undefined ? { reason: '', hint: look(this.#id) } : failureOf(last)
  }

  replacing(reason: string): void {
    this.#log.event({ kind: 'replacing', id: this.#id, reason })
  }

  replacingWhenIdle(why: string): void {
    this.#log.ours('info', `"${this.#id}" is replaced when it is idle, with nothing ready beside it: ${why}`)
  }

  notReplaced({ reason, hint }: Down): void {
    const id = this.#id
    if (this.#tries.failures === 1) this.#log.event({ kind: 'not-replaced', id, reason, hint })
    this.#log.ours('warning', `"${id}" can't be replaced yet: ${reason}`)
  }
}

function failureOf({ reason, hint, said }: Down): Failure {
  return { reason, hint, ...(said !== undefined && { said }) }
}

function sentence(words: string): string {
  return /[.!?]$/.test(words) ? words : `${words}.`
}
