/**
 * Finds out by a ping whether our session with a server is over, when an answer makes it seem so. Several that ask at
 * once share one ping. No tool can have written the answer to a ping. So a request that got the same answer was
 * refused with its session; one that got another answer may have run.
 */
import { randomUUID } from 'node:crypto'
import type { Id } from '../../wire/ids.ts'
import type { RequestEnd, Waiter } from '../link/request-end.ts'
import { settlesWithin } from '../wait.ts'
import { faultOf, isUnwelcome, type RemoteFault } from './fault.ts'
import { endByError, endByStatus, gistOf, gistOfError } from './session-end.ts'

const WITHIN_MS = 5000

/** What came of a ping: whether the session is over, what was said of it, and how long that took. */
export interface Pinged {
  readonly ended: boolean
  /** It was answered, in whichever way. */
  readonly answered: boolean
  /** See `gistOf`. */
  readonly gist?: string
  readonly ms: number
}

export class SessionProbe {
  readonly #send: (id: Id, waiter: Waiter, signal: AbortSignal) => Promise<void>
  #asking: Promise<Pinged> | undefined

  /** @param send sends it in the session; rejects as the transports do (http/transport.ts) */
  constructor(send: (id: Id, waiter: Waiter, signal: AbortSignal) => Promise<void>) {
    this.#send = send
  }

  /** Not ended also when it can't be told. */
  ask(): Promise<Pinged> {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined
    })
    return this.#asking
  }

  async #ask(): Promise<Pinged> {
    const id = `ping-${randomUUID()}`
    const late = new AbortController()
    const began = performance.now()
    let told: Omit<Pinged, 'ms'> = { ended: false, answered: false }
    let waiter: Waiter = { method: 'ping', answered: () => undefined }
    const answered = new Promise<void>((resolve) => {
      waiter = {
        method: 'ping',
        answered: (end) => {
          if (end.kind === 'gone' || end.kind === 'unread') return
          const gist = isSessionError(end) ? gistOfEnd(end) : undefined
          told = { ended: gist !== undefined, answered: true, ...(gist !== undefined && { gist }) }
          resolve()
        },
      }
    })
    const asked = this.#send(id, waiter, late.signal).then(
      () => answered,
      (error: unknown) => {
        const fault = faultOf(error)
        if (isUnwelcome(fault)) told = { ended: true, answered: true, gist: UNWELCOME }
        else if (fault.kind === 'status')
          told = {
            ended: endByStatus(fault.status, fault.text, id) !== 'no',
            answered: true,
            gist: gistOf(fault.status, fault.text),
          }
      },
    )
    await settlesWithin(asked, WITHIN_MS)
    late.abort()
    return { ...told, ms: performance.now() - began }
  }
}

const UNWELCOME = '401'

/** What a refusal of a request is to be compared by with that of a ping. */
export function gistOfFault(fault: RemoteFault): string | undefined {
  if (isUnwelcome(fault)) return UNWELCOME
  return fault.kind === 'status' ? gistOf(fault.status, fault.text) : undefined
}

/** An error in the server's words that may be about the session. */
export function isSessionError(end: RequestEnd): boolean {
  return end.kind === 'error' && endByError(end.error.code, end.error.message) !== 'no'
}

export function gistOfEnd(end: RequestEnd): string | undefined {
  return end.kind === 'error' ? gistOfError(end.error.code, end.error.message) : undefined
}
