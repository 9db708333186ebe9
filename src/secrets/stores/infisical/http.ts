/** Turns Infisical's answers into our words, by what they say beside their status. */
import { explain, notThem, type BackEnd } from '../shared/http.ts'
import type { StoreReply, Send } from '../shared/transport.ts'

export interface Infisical {
  readonly send: Send
  readonly backEnd: BackEnd
}

/** Words of Infisical's errors that mean more than their status. */
export const INFISICAL_WORDS = {
  /** The 403 for a token that is expired or malformed, unlike the one for a missing permission. */
  tokenError: /"error"\s*:\s*"TokenError"/,
  /** Older servers answer malformed input with 401. */
  badInput: /"error"\s*:\s*"ValidationFailure"/,
  plan: /plan restriction/i,
  tooLong: /maximum allowed lease duration|larger than max ttl/i,
  unknownLease: /dynamic secret lease\b[^"]*\bnot found/i,
}

export function isTokenRefused({ status, told = [] }: StoreReply): boolean {
  return (status === 401 && !told.includes('badInput')) || (status === 403 && told.includes('tokenError'))
}

/** An answer that is neither what was asked for nor a failure has come from somebody else. */
export function explainInfisical(reply: StoreReply, { backEnd }: Infisical): ReturnType<typeof explain> {
  return reply.body === undefined ? explain(reply, backEnd) : notThem(backEnd, 'answered with something else')
}

export function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` }
}
