/** Names what a request needs to know on its way through a broker. */
import type { Destination } from '../interceptor.ts'
import type { BrokeredSecret } from './brokered.ts'
import type { AnswerMask } from './message/mask.ts'
import type { Pace } from './pace.ts'
import type { HostAgent } from './host-agent.ts'

/** One connection of the server. */
export interface Interception {
  readonly to: Destination
  readonly isEncrypted: boolean
  readonly out: HostAgent
}

export interface ExchangeContext extends Interception {
  readonly mask: AnswerMask
  readonly pace: Pace
  /** Those that may go where this request goes. */
  readonly secrets: readonly BrokeredSecret[]
  /** Rejects where it can't be written down. */
  deliver(used: readonly BrokeredSecret[]): Promise<void>
}
