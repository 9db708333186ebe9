/**
 * What stands for an answer that a request didn't get: made up by the gate (gate.ts), told to whoever asked (reply.ts),
 * or, while connecting, to whoever wonders why (diagnosis.ts).
 */

/** What a link knows of a request that failed. */
export interface Failing {
  /** What may help, in our words. */
  readonly hint?: string
  /** Nothing of the request has left; `why` then ends a sentence that begins with the server's id. */
  readonly unsent?: true
}

/** The `data` of an error response that the gate made up; `why` ends the sentence "it answered …". */
export class BadAnswer {
  readonly why: string
  readonly failing: Failing
  constructor(why: string, failing: Failing = {}) {
    this.why = why
    this.failing = failing
  }
}
