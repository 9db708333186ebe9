/**
 * Sends requests to a child, each to the process that works at that moment.
 *
 * - While no process works, a request waits for the start, also for one that is due in a moment. Nothing has been sent
 *   yet, so nothing is done twice. The child may come back with other tools, so the caller is asked once more before
 *   anything is sent.
 * - While another process is made ready beside the one that works, requests go to the one that works. Only right after
 *   an edit of servers.yaml they wait a moment for the new one (edit-wait.ts).
 * - A server may turn a request away because it doesn't know the session any more. Such a request did not run. It is
 *   sent once more, in the new session. The human's yes for it still holds, as long as it means the same there.
 * - An answer to a question goes to the process that asked, as long as that process is there.
 */
import { setImmediate } from 'node:timers/promises'
import type { Resumed } from '../messages/caller.ts'
import type { Connection, ServerRequest } from '../session/connection.ts'
import { BRIEFLY, type ExchangeOptions, type ExchangeReply } from '../session/exchange.ts'
import type { ServerReply } from '../session/reply.ts'
import type { IdleWatch } from './idle-watch.ts'
import { ServerRun } from './run.ts'
import { replyOfState, replyWhenEnded, replyWhileDown, type CallReply, type ChildState } from './state.ts'
import { settlesWithin, unlessAborted } from '../wait.ts'
import { Watches } from '../session/watches.ts'

export interface CallOptions extends ExchangeOptions {
  /** Asked when the child is up and knows its tools, right before the request is sent. */
  isStillMeant?(): boolean
}

export interface RequestsDeps {
  readonly id: string
  state(): ChildState
  /** The process that works now. */
  present(): ServerRun | undefined
  /** The one that has asked what comes back answered. */
  asker(resumed: Resumed): ServerRun | undefined
  /** Pending right after an edit of its entry. */
  editWait(): Promise<void> | undefined
  readonly idle: Pick<IdleWatch, 'use' | 'touch'>
  /** Somebody wants it to work: what waits for its next start is tried at once where it may be. */
  hurry(): void
  /** Resolves when a start that is due within so long has come to something; at once where none is. */
  tried(withinMs: number): Promise<void>
  /** It is being stopped for good. */
  stopped(): boolean
}

/** A start that is due by then is waited for, and so is one that is under way. */
export const DUE_WITHIN_MS = 5000

export class Requests {
  readonly #deps: RequestsDeps
  readonly watches = new Watches()

  constructor(deps: RequestsDeps) {
    this.#deps = deps
  }

  send(request: ServerRequest, options: CallOptions): Promise<CallReply> {
    return this.#once(request, options, (run, reply) => {
      if (!isTurnedAway(reply)) return this.#told(run, reply)
      return this.#once(request, options, (other, again) =>
        isTurnedAway(again) && again.hint === undefined ? inVain(this.#deps.id) : this.#told(other, again),
      )
    })
  }

  /** @param told what the caller is told of a reply */
  #once(
    request: ServerRequest,
    options: CallOptions,
    told: (run: ServerRun, reply: ExchangeReply) => CallReply | Promise<CallReply>,
  ): Promise<CallReply> {
    const now = this.#runNow(options)
    if (now instanceof ServerRun) return this.#sent(now, request, options).then((reply) => told(now, reply))
    if (now !== undefined) return Promise.resolve(now)
    // Until it is sent the process is kept for it.
    const release = this.#deps.idle.use()
    return this.#runFor(options)
      .then((run) => (run instanceof ServerRun ? { run, replied: this.#sent(run, request, options) } : run))
      .finally(release)
      .then((sent) => ('replied' in sent ? sent.replied.then((reply) => told(sent.run, reply)) : sent))
  }

  /** Undefined where something has to be waited for first. */
  #runNow(options: CallOptions): ServerRun | CallReply | undefined {
    const run = this.#deps.present()
    const isFree = options.resumed === undefined && this.#deps.editWait() === undefined
    if (run === undefined || !isFree) return undefined
    if (options.signal.aborted) return { kind: 'cancelled' }
    return options.isStillMeant?.() === false ? { kind: 'changed' } : run
  }

  /** The process to send it to, or what the caller is told in its place. */
  async #runFor(options: CallOptions): Promise<ServerRun | CallReply> {
    const { id } = this.#deps
    const asker = options.resumed && this.#deps.asker(options.resumed)
    if (asker === undefined) {
      const editWait = this.#deps.editWait()
      if (editWait !== undefined) await unlessAborted(editWait, options.signal).catch(() => undefined)
      if (this.#deps.present() === undefined) await this.#started(options)
    }
    if (options.signal.aborted) return { kind: 'cancelled' }
    const run = asker ?? this.#deps.present()
    if (run === undefined) return replyWhileDown(id, this.#deps.state(), Date.now())
    return options.isStillMeant?.() === false ? { kind: 'changed' } : run
  }

  #told(run: ServerRun, reply: ExchangeReply): CallReply {
    const { id } = this.#deps
    if (reply.kind === 'refused') return notAnswered(id, reply.why)
    if (reply.kind === 'gone' && run.cut === undefined && this.#deps.stopped())
      return replyWhenEnded(id, this.#deps.state())
    return replyOfState(id, reply, run)
  }

  /** Another process works. */
  begin({ connection }: ServerRun): void {
    if (connection !== undefined) this.watches.begin(connection, this.#watcher(connection))
  }

  async unwatch(uri: string): Promise<void> {
    this.#deps.idle.touch()
    const connection = this.#deps.present()?.connection
    if (connection === undefined) this.watches.forget(uri)
    else await this.watches.unsubscribe(uri, this.#watcher(connection))
  }

  async #started({ signal, timeoutMs }: CallOptions): Promise<void> {
    // The one that worked is over since a moment ago, and its life has not taken note of that.
    if (this.#deps.state().kind === 'ready') await setImmediate()
    const rouse = async (): Promise<void> => {
      this.#deps.hurry()
      if (signal.aborted) return
      const tried = this.#deps.tried(DUE_WITHIN_MS)
      await unlessAborted(settlesWithin(tried, timeoutMs), signal).catch(() => undefined)
    }
    await rouse()
    // It may have fallen asleep in the moment in which it was wanted.
    if (this.#deps.state().kind === 'asleep') await rouse()
  }

  #sent(run: ServerRun, request: ServerRequest, options: CallOptions): Promise<ExchangeReply> {
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
    return async (method: string, uri: string): Promise<ServerReply> =>
      connection.request({ method, params: { uri } }, { signal, timeoutMs, caller: { capabilities: {} } })
  }
}

/** With its session, so that it can be sent once more in a new one. */
function isTurnedAway(reply: ExchangeReply): reply is Extract<ExchangeReply, { kind: 'not-run' }> {
  return reply.kind === 'not-run' && reply.how === 'session' && !reply.begun
}

function inVain(id: string): CallReply {
  return {
    kind: 'unavailable',
    reason: `"${id}" ended the session, and turned the call away in a new one too.`,
    hint: 'The call did not run. Try again later; if it stays like that, the server keeps no sessions, e.g. behind a load balancer.',
  }
}

function notAnswered(id: string, why: string): CallReply {
  return {
    kind: 'unavailable',
    reason: `"${id}" asked something before it would go on: ${why}.`,
    hint: 'The call may have taken effect in part; check before trying again.',
  }
}
