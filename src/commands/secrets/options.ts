/** The options of `sidemux secrets`. dispatch.ts says which action takes which. */
import type { ConfigVerbOptions } from '../common/choice.ts'

export interface SecretsOptions extends ConfigVerbOptions {
  readonly json: boolean
  readonly to?: string
  readonly write: boolean
  readonly backend?: string
  readonly format?: string
  readonly server?: string
}
