/** The errors, in our words, for a server that needs a login and for a login that failed. */
import { SidemuxError } from '../../../errors.ts'

/** There is no login at all, and none may have been needed until now. */
export const NO_LOGIN = 'needs a login'

/** Nobody but a person can help, so it isn't tried again (diagnosis.ts). */
export class LoginNeeded extends SidemuxError {
  readonly retryable = false
  /** Ends a sentence that begins with the server's id. */
  readonly why: string

  constructor(serverId: string, why: string) {
    super(`"${serverId}" ${why}.`, { hint: `run "sidemux login ${serverId}"` })
    this.why = why
  }
}

/** It may pass, as when the authorization server doesn't answer. */
export class LoginUnavailable extends SidemuxError {
  readonly retryable = true
}

/** A word of RFC 6749 or one like it; anything else could be the peer's own text. */
export function knownCode(code: string): string {
  return /^[a-z][a-z_]{2,40}$/.test(code) ? code : 'an unknown error'
}
