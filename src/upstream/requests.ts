/**
 * Requests to a child, whichever of its processes works.
 *
 * - A request that comes while none does waits for the start; nothing has been sent yet, so nothing is done twice. Since
 *   the child may have come back with other tools, the caller is asked once more before anything is sent.
 * - While another process is made ready beside the one that works, nobody waits, but for a moment right after an edit of
 *   servers.yaml, as a light server is ready by then.
 * - An answer to a question goes to the process that asked, as long as that one is there.
 */
import type { Resumed } from './caller.ts'
import type { Connection, ServerRequest } from './client.ts'
import { BRIEFLY, type ExchangeOptions, type ExchangeReply } from './exchange.ts'
import type { Reply } from './reply.ts'
import type { Run } from './run.ts'
import { replyOf, replyWhenEnded, replyWhileDown, type CallReply, type ChildState } from './state.ts'
import { settlesWithin, unlessAborted } from './wait.ts'
import { Watches } from './watches.ts'

export interface CallOptions extends ExchangeOptions {
  /** Asked when the child is up and knows its tools, right before the request is sent. */
  isStillMeant?(): boolean
}

export interface RequestsDeps {
  readonly id: string
  state(): ChildState
  /** The process that works now. */
  present(): Run | undefined
  /** The one that has asked what comes back answered. */
  asker(resumed: Resumed): Run | undefined
  /** Pending right after an edit of its entry. */
  renewal(): Promise<void> | undefined
  /** Somebody wants it to work: what waits for its next start is tried at once where it may be. */
  hurry(): void
  settled(): Promise<void>
  /** It is being stopped for good. */
  stopped(): boolean
}

export class Requests {
  readonly #deps: RequestsDeps
  readonly watches = new Watches()

  constructor(deps: RequestsDeps) {
    this.#deps = deps
  }

  async send(request: ServerRequest, options: CallOptions): Promise<CallReply> {
    const { id } = this.#deps
    const asker = options.resumed && this.#deps.asker(options.resumed)
    if (asker === undefined) {
      const renewal = this.#deps.renewal()
      if (renewal !== undefined) await unlessAborted(renewal, options.signal).catch(() => undefined)
      if (this.#deps.present() === undefined) await this.#started(options)
    }
    if (options.signal.aborted) return { kind: 'cancelled' }
    const run = asker ?? this.#deps.present()
    if (run === undefined) return replyWhileDown(id, this.#deps.state(), Date.now())
    if (options.isStillMeant?.() === false) return { kind: 'changed' }
    const reply = await this.#sent(run, request, options)
    if (reply.kind === 'refused') return notAnswered(id, reply.why)
    if (reply.kind === 'gone' && run.cut === undefined && this.#deps.stopped())
      return replyWhenEnded(id, this.#deps.state())
    return replyOf(id, reply, run)
  }

  /** Another process works. */
  begin({ connection }: Run): void {
    if (connection !== undefined) this.watches.begin(connection, this.#watcher(connection))
  }

  async unwatch(uri: string): Promise<void> {
    const connection = this.#deps.present()?.connection
    if (connection === undefined) this.watches.forget(uri)
    else await this.watches.unsubscribe(uri, this.#watcher(connection))
  }

  async #started({ signal, timeoutMs }: CallOptions): Promise<void> {
    this.#deps.hurry()
    if (this.#deps.state().kind !== 'starting' || signal.aborted) return
    await unlessAborted(settlesWithin(this.#deps.settled(), timeoutMs), signal).catch(() => undefined)
  }

  async #sent(run: Run, request: ServerRequest, options: CallOptions): Promise<ExchangeReply> {
    const { exchange, connection } = run
    if (request.method !== 'resources/subscribe' || connection === undefined)
      return exchange.send(request, options)
    const ask = this.#watcher(connection, options)
    return exchange.during(this.watches.subscribe(String(request.params['uri']), ask))
  }

  #watcher(
    connection: Connection,
    { signal, timeoutMs }: Pick<CallOptions, 'signal' | 'timeoutMs'> = BRIEFLY,
  ) {
    return async (method: string, uri: string): Promise<Reply> =>
      connection.request({ method, params: { uri } }, { signal, timeoutMs, caller: { capabilities: {} } })
  }
}

function notAnswered(id: string, why: string): CallReply {
  return {
    kind: 'unavailable',
    reason: `"${id}" asked something before it would go on: ${why}.`,
    hint: 'The call may have taken effect in part; check before trying again.',
  }
}
