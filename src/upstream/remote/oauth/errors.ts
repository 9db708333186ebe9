/** Why a server can't be used for the lack of a login, or a login can't be had; in our words. */
import { SidemuxError } from '../../../errors.ts'

/** Nobody but a person can help, so it isn't tried again (diagnosis.ts). */
export class LoginNeeded extends SidemuxError {
  readonly retryable = false

  constructor(serverId: string, why: string) {
    super(`"${serverId}" ${why}`, { hint: `run "sidemux login ${serverId}"` })
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
