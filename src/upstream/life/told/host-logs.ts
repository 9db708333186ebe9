/**
 * Log messages of one server on their way to the host: at most 100 a second, and 20 more that say `error` or worse. What
 * is over is counted, and the count told when the second has passed; all of it is in our own log up to a limit of its
 * own (events.ts). Hosts keep what they are sent, and show it to people, so a server that logs in a loop would cost them
 * more than it costs us.
 */
import type { JsonObject } from '../../../json/record.ts'
import { severity } from '../../messages/severity.ts'

export const MAX_A_SECOND = 100
export const MAX_ERRORS_MORE = 20

export class HostLogs {
  readonly #say: (message: JsonObject) => void
  #second: NodeJS.Timeout | undefined
  #count = 0
  #said = 0

  constructor(say: (message: JsonObject) => void) {
    this.#say = say
  }

  /** Params of `notifications/message`. */
  put(message: JsonObject): void {
    if (this.#second === undefined) this.#second = setTimeout(() => this.#pass(), 1000).unref()
    this.#count += 1
    const isBad = severity(message['level']) >= severity('error')
    if (this.#said >= MAX_A_SECOND + (isBad ? MAX_ERRORS_MORE : 0)) return
    this.#said += 1
    this.#say(message)
  }

  #pass(): void {
    const left = this.#count - this.#said
    this.#second = undefined
    this.#count = 0
    this.#said = 0
    if (left > 0)
      this.#say({ level: 'warning', data: `sidemux: ${left} more log messages within a second, left out` })
  }
}
