/** One request of the host, from its line to its answer. Nobody wants that any more when it is cancelled, or the host gone. */
import { Cancellation } from '../cancellation.ts'
import type { JsonObject } from '../json/record.ts'
import type { Id } from '../wire/ids.ts'
import type { HostSelf } from './asker.ts'

export class HostRequest extends Cancellation {
  readonly id: Id
  readonly method: string
  readonly params: JsonObject
  /** Its `_meta`, where there is one. */
  readonly meta: JsonObject | undefined
  /** The host has heard of its progress. */
  hasProgressed = false
  /** Who asks, where its era has found out. */
  from: HostSelf | undefined
  /** Those before and after it that have the same id and aren't answered yet. */
  older: HostRequest | undefined
  newer: HostRequest | undefined

  constructor(id: Id, method: string, params: JsonObject, meta: JsonObject | undefined) {
    super()
    this.id = id
    this.method = method
    this.params = params
    this.meta = meta
  }
}
