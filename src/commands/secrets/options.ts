/** What the command line says to `sidemux secrets`; which action takes which is said in dispatch.ts. */
import type { ConfigChoice } from '../choice.ts'

export interface SecretsOptions extends ConfigChoice {
  readonly json: boolean
  readonly to?: string
  readonly write: boolean
  readonly backend?: string
  readonly format?: string
  readonly server?: string
}
