/**
 * Our end of the connection to the host. It finds out the era by what opens the connection, has each request answered
 * once, and cancelled ones not at all. Nothing waits here before `initialize` and `server/discover` are answered, and
 * what needs the rooms waits until they are there.
 */
import { PassingMap } from '../passing.ts'
import type { JsonObject } from '../json/record.ts'
import type { Frame } from '../wire/framing.ts'
import type { Id } from '../wire/ids.ts'
import { INTERNAL_ERROR, type RpcFault } from '../wire/message.ts'
import type { Line } from '../wire/outbox.ts'
import { RpcError } from '../wire/rpc-error.ts'
import type { EraDeps, HostEra } from './eras/era.ts'
import { LegacyEra } from './eras/legacy.ts'
import { ModernEra } from './eras/modern.ts'
import { eraOf, refuseUnknownVersion, unsupported } from './eras/opening.ts'
import type { HostLink, HostListener } from './host-link.ts'
import type { HostRequest } from './host-request.ts'
import { judgeMessage, noMessage, refusalsOf, type HostNotification, type Judged } from './incoming.ts'
import { faultLine, messageLine, resultLine } from './outgoing.ts'
import { HostQuestions } from './questions.ts'
import type { HostFront, HostRooms } from './rooms.ts'

/** Whatever went wrong inside, in no words of it: they may be anybody's. */
const DEFECT: RpcFault = { code: INTERNAL_ERROR, message: 'Internal error' }

export class HostEndpoint implements HostListener {
  /** Resolves when the host has gone. */
  readonly closed: Promise<void>
  readonly #link: HostLink
  readonly #deps: EraDeps
  readonly #questions: HostQuestions
  /** Requests that wait for their answer; of those that share an id the newest, which knows the others. */
  readonly #open = new PassingMap<Id, HostRequest>()
  #rooms: HostRooms | undefined
  /** What waits for them, in order. */
  #waiting: ((rooms: HostRooms) => void)[] = []
  #era: HostEra | undefined
  /** After `server/discover` a host may still choose the older era. */
  #isSettled = false
  #isClosed = false
  #markClosed: () => void = () => {}

  constructor(link: HostLink, front: HostFront) {
    this.#link = link
    this.#questions = new HostQuestions((line) => link.send(line))
    this.#deps = {
      front,
      questions: this.#questions,
      withRooms: (act) => {
        if (this.#rooms === undefined) this.#waiting.push(act)
        else act(this.#rooms)
      },
      notify: (method, params) => link.tell(notification(method, params)),
      confirm: (method, params) => link.send(notification(method, params) ?? ''),
    }
    this.closed = new Promise((resolve) => {
      this.#markClosed = resolve
    })
    link.start(this)
  }

  /** A request waits for the rooms. */
  get isAwaited(): boolean {
    return this.#rooms === undefined && this.#open.size > 0
  }

  /** The rooms are there. Who has gone meanwhile needs none, so nothing is started for him. */
  open(rooms: HostRooms): void {
    if (this.#isClosed) return
    this.#rooms = rooms
    for (const act of this.#waiting.splice(0)) act(rooms)
  }

  /** They will never be there. */
  abandon(error: unknown): void {
    this.#report(error)
    for (const newest of this.#open.values())
      for (let one: HostRequest | undefined = newest; one !== undefined; one = one.older)
        if (!one.aborted) this.#link.send(faultLine(one.id, DEFECT))
    this.close()
  }

  /** Says goodbye in the words of its era. */
  close(): void {
    for (const [id, result] of this.#era?.end() ?? []) this.#link.send(resultLine(id, result))
    this.#link.close()
  }

  onMessage(message: JsonObject): void {
    const judged = judgeMessage(message)
    if (judged.kind === 'request') this.#take(judged.request)
    else if (judged.kind === 'notification') this.#told(judged.notification)
    else if (judged.kind === 'refused') this.#refuse(judged)
    else if (!this.#questions.take(message)) this.#stray(message)
  }

  onBadLine(frame: Extract<Frame, { kind: 'bad' }>): void {
    this.#report(new Error(`the host sent a line that is not a message (${frame.why})`))
    for (const { id, fault } of refusalsOf(frame)) this.#link.send(faultLine(id, fault))
  }

  onClose(): void {
    this.#isClosed = true
    this.#questions.close()
    for (const newest of this.#open.values())
      for (let one: HostRequest | undefined = newest; one !== undefined; one = one.older)
        one.cancel(new Error('the host is gone'))
    this.#open.clear()
    this.#era?.end()
    this.#markClosed()
  }

  #refuse({ why, refusal }: Extract<Judged, { kind: 'refused' }>): void {
    this.#report(new Error(why))
    if (refusal !== undefined) this.#link.send(faultLine(refusal.id, refusal.fault))
  }

  #stray(message: JsonObject): void {
    if (!('result' in message) && !('error' in message)) {
      const judged = noMessage(message['id'])
      if (judged.kind === 'refused') this.#refuse(judged)
    } else this.#report(new Error('the host answered a request that was not asked, or is answered already'))
  }

  #take(request: HostRequest): void {
    try {
      refuseUnknownVersion(request.meta)
      const era = this.#eraFor(request)
      const greeting = era.greet(request) ?? (this.#rooms === undefined ? era.early(request) : undefined)
      if (greeting !== undefined) this.#answer(request, era, greeting)
      else this.#keep(request, era)
    } catch (error) {
      this.#fail(request, error)
    }
  }

  #keep(request: HostRequest, era: HostEra): void {
    const older = this.#open.get(request.id)
    this.#open.set(request.id, request)
    if (older !== undefined) {
      request.older = older
      older.newer = request
    }
    if (this.#rooms === undefined) this.#waiting.push((rooms) => this.#serve(request, era, rooms))
    else this.#serve(request, era, this.#rooms)
  }

  #serve(request: HostRequest, era: HostEra, rooms: HostRooms): void {
    try {
      const result = request.aborted ? undefined : era.answer(request, rooms)
      if (result instanceof Promise) {
        result.then(
          (late) => this.#settle(request, era, late),
          (error: unknown) => {
            if (!request.aborted) this.#fail(request, error)
            this.#drop(request)
          },
        )
        return
      }
      if (result !== undefined) this.#answer(request, era, result)
    } catch (error) {
      this.#fail(request, error)
    }
    this.#drop(request)
  }

  #settle(request: HostRequest, era: HostEra, result: JsonObject): void {
    try {
      if (!request.aborted) this.#answer(request, era, result)
    } catch (error) {
      this.#fail(request, error)
    }
    this.#drop(request)
  }

  #answer(request: HostRequest, era: HostEra, result: JsonObject): void {
    this.#link.send(resultLine(request.id, era.finish(request.method, result)))
  }

  #fail({ id }: HostRequest, error: unknown): void {
    if (!(error instanceof RpcError)) this.#report(error)
    this.#link.send(faultLine(id, error instanceof RpcError ? error.fault : DEFECT))
  }

  #drop(request: HostRequest): void {
    const { id, older, newer } = request
    if (older !== undefined) older.newer = newer
    if (newer !== undefined) newer.older = older
    else if (older !== undefined) this.#open.set(id, older)
    else this.#open.delete(id)
  }

  #told(notification: HostNotification): void {
    const { method, params } = notification
    try {
      const era = this.#eraFor(notification)
      if (method === 'notifications/cancelled') this.#cancel(params, era)
      else era.told(notification)
    } catch (error) {
      // Nobody waits for an answer to a notification, not even to one that names another revision.
      this.#report(error)
    }
  }

  #cancel({ requestId, reason }: JsonObject, era: HostEra): void {
    if (typeof requestId !== 'string' && typeof requestId !== 'number') return
    if (!era.cancel(requestId)) this.#open.get(requestId)?.cancel(reason)
  }

  /** @throws RpcError where the message is none of this connection's era. */
  #eraFor(message: HostRequest | HostNotification): HostEra {
    const { method, params, meta } = message
    const known = this.#era
    if (known !== undefined && this.#isSettled) {
      const isOfOld = known.name === 'modern' && method === 'initialize' && eraOf(method, meta) === 'legacy'
      if (isOfOld) throw unsupported(params['protocolVersion'])
      return known
    }
    const name = eraOf(method, meta)
    // A host that only asks which revisions there are, or tells something meanwhile, hasn't chosen one.
    const isAsking = method === 'server/discover' || (known !== undefined && !('id' in message))
    this.#isSettled = name === 'legacy' || !isAsking
    if (known?.name === name) return known
    const era = name === 'legacy' ? new LegacyEra(this.#deps) : new ModernEra(this.#deps)
    this.#era = era
    return era
  }

  #report(error: unknown): void {
    this.#deps.front.onError(error instanceof Error ? error : new Error(String(error)))
  }
}

/** Undefined where no host would read it. */
function notification(method: string, params: JsonObject | undefined): Line | undefined {
  return messageLine({ jsonrpc: '2.0', method, ...(params !== undefined && { params }) })
}
