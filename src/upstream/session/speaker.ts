/**
 * Says things to one server over its link: numbers the requests, and adds to each message what its era wants with it.
 * Since 2026-07-28 that is who asks, in which version, and what he can do (basic/index, _meta).
 */
import { STEADY } from '../../json/steady.ts'
import type { JsonObject } from '../../json/record.ts'
import type { Id } from '../../wire/ids.ts'
import { CLIENT_CAPABILITIES_KEY, CLIENT_INFO_KEY, PROTOCOL_VERSION_KEY } from '../../wire/message.ts'
import { version } from '../../version.ts'
import type { RequestEnd, Waiter } from '../link/request-end.ts'
import { FIRST_MODERN_VERSION } from '../link/gate.ts'
import type { Link } from '../link/link.ts'
import { MAX_TIMER_MS } from '../wait.ts'
import { NoAnswer, resultOf } from './no-answer.ts'

export const CLIENT_INFO = { name: 'sidemux', version } as const

/** As the server is told of them. */
export type WhyCancelled = 'cancelled' | 'timed out'

export interface AskOptions {
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

export class Speaker {
  readonly link: Link
  /** Our `ClientCapabilities`, as far as they don't depend on the caller. */
  readonly capabilities: JsonObject
  #next = 0
  #version = ''
  #modern = false

  constructor(link: Link, capabilities: JsonObject) {
    this.link = link
    this.capabilities = capabilities
  }

  /** The version that was agreed on; empty before. */
  get version(): string {
    return this.#version
  }

  /** It is of 2026-07-28 or later. */
  get modern(): boolean {
    return this.#modern
  }

  speak(agreed: string): void {
    this.#version = agreed
    this.#modern = agreed >= FIRST_MODERN_VERSION
    this.link.setProtocolVersion(agreed)
  }

  /** The number of the next request. */
  nextId(): number {
    return this.#next++
  }

  /**
   * Asks, and waits for the result, as it comes.
   *
   * @throws RpcError or NoAnswer
   */
  async ask(method: string, params: JsonObject | undefined, options: AskOptions): Promise<unknown> {
    const id = this.nextId()
    const sent = this.#modern ? { ...STEADY, ...params, _meta: this.envelope() } : params
    return resultOf(await this.#answer(id, method, sent, options))
  }

  async #answer(
    id: Id,
    method: string,
    params: JsonObject | undefined,
    { timeoutMs, signal }: AskOptions,
  ): Promise<RequestEnd> {
    let stop: (() => void) | undefined
    let timer: NodeJS.Timeout | undefined
    try {
      return await new Promise<RequestEnd>((resolve, reject) => {
        if (signal?.aborted === true) throw new NoAnswer({ how: 'late' })
        const giveUp = (why: WhyCancelled): void => {
          // Nobody may cancel this one (2025-11-25 basic/utilities/cancellation).
          if (method !== 'initialize') this.cancel(id, why)
          reject(new NoAnswer({ how: 'late' }))
        }
        stop = () => giveUp('cancelled')
        signal?.addEventListener('abort', stop)
        timer = setTimeout(() => giveUp('timed out'), Math.min(timeoutMs, MAX_TIMER_MS))
        this.link.request(id, method, params, { method, answered: resolve })
      })
    } finally {
      clearTimeout(timer)
      if (stop !== undefined) signal?.removeEventListener('abort', stop)
    }
  }

  /** Sends a request whose params hold already what goes along with them. */
  send(id: Id, params: JsonObject, waiter: Waiter): void {
    this.link.request(id, waiter.method, params, waiter)
  }

  /** The `_meta` of a message of ours to a server of 2026-07-28. */
  envelope(capabilities = this.capabilities): Record<string, unknown> {
    return envelopeOf(this.#version, capabilities)
  }

  /** Nobody wants that answer any more. */
  cancel(requestId: Id, reason?: WhyCancelled): void {
    this.link.cancel(requestId, this.#along({ requestId, ...(reason !== undefined && { reason }) }) ?? {})
  }

  /** Rejects when it can't be sent. */
  async notify(method: string, params?: JsonObject): Promise<void> {
    await this.link.notify(method, this.#along(params))
  }

  #along(params: JsonObject | undefined): JsonObject | undefined {
    return this.#modern ? { ...STEADY, ...params, _meta: this.envelope() } : params
  }
}

export function envelopeOf(protocolVersion: string, capabilities: JsonObject): Record<string, unknown> {
  return {
    [PROTOCOL_VERSION_KEY]: protocolVersion,
    [CLIENT_INFO_KEY]: CLIENT_INFO,
    [CLIENT_CAPABILITIES_KEY]: capabilities,
  }
}
