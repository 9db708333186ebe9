/**
 * Tracks our session with a server on one connection, from the handshake until the server says that it no longer
 * knows the session (session-end.ts). An answer that only seems to say so is checked by a ping (session-probe.ts).
 */
import type { Id } from '../../wire/ids.ts'
import type { Parted } from '../link/link.ts'
import type { RequestEnd, Waiter } from '../link/request-end.ts'
import type { RemoteFault } from './fault.ts'
import { endByStatus } from './session-end.ts'
import type { Work } from './http/post.ts'
import type { StreamOpening } from './http/transport.ts'
import { gistOfEnd, gistOfFault, isSessionError, SessionProbe } from './session-probe.ts'
import { SESSION_ENDED, verdictOn, type Sent, type SessionKept, type ReplyVerdict } from './verdict.ts'

/** A server that ends each session sooner is not asked for the next one without a pause. */
const LIVED_MS = 2000
/** Who turns a request away for its session does so at once; an error that took longer than this may be of its work. */
const AT_ONCE_MS = 1000
/** Nobody puts a server to sleep so soon after its last message; from then on it may have to wake up for a refusal. */
const AWAKE_MS = 60_000

const NO_NEWS: Parted = { why: 'sends no news any more', again: 'now' }

export interface SessionHooks {
  ping(id: Id, waiter: Waiter, signal: AbortSignal): Promise<void>
  /** Whether the server keeps one; see Sent. Of the older transport the stream is one. */
  kept(): SessionKept
  /** How the connection came to be over, if it is. */
  exit(): Parted | undefined
  /** It is over. */
  finish(how: Parted): void
}

export class ServerSession {
  readonly #hooks: SessionHooks
  readonly #probe: SessionProbe
  #readyAt = Infinity
  /** There has been a stream of news. */
  #hasListened = false
  /** Milliseconds since 1970, as a server may be put to sleep while this machine sleeps. */
  #heardAt = 0

  constructor(hooks: SessionHooks) {
    this.#hooks = hooks
    this.#probe = new SessionProbe((...ping) => hooks.ping(...ping))
  }

  /** The handshake is done. */
  begin(): void {
    this.#readyAt = performance.now()
  }

  /** Also where it has ended: what comes still is judged by a ping in it. */
  get state(): SessionKept {
    return this.#readyAt < Infinity ? this.#hooks.kept() : 'none'
  }

  async verdictOn(fault: RemoteFault, sent: Omit<Sent, 'session'>, work: Work): Promise<ReplyVerdict> {
    const verdict = await this.#settled(fault, sent, work)
    return verdict.over === SESSION_ENDED && isOurs(sent.method)
      ? { ...verdict, over: this.paced(SESSION_ENDED) }
      : verdict
  }

  /** A refusal comes before the work. So a late one, of a server that is awake, may be told to a request that has run. */
  async #settled(fault: RemoteFault, sent: Omit<Sent, 'session'>, work: Work): Promise<ReplyVerdict> {
    const verdict = verdictOn(fault, { ...sent, session: this.state })
    const tookMs = performance.now() - work.sentAt
    const isAwake = Date.now() - tookMs - this.#heardAt < AWAKE_MS
    const isCertain = verdict.over === SESSION_ENDED
    const isLate = isCertain && isAwake && tookMs > AT_ONCE_MS && !isOurs(sent.method)
    if (verdict.doubts === undefined && !isLate) return verdict
    const { ended, gist, ms } = await this.#probe.ask()
    const isFailure = fault.kind === 'status' && fault.status >= 500
    const mayHaveRun = sent.left && (work.hasBegun || ((isFailure || isAwake) && !isAtOnce(tookMs, ms)))
    if (isCertain && !mayHaveRun) return verdict
    const isSame = ended && gist === gistOfFault(fault)
    const settled = verdictOn(fault, { ...sent, session: isSame && !mayHaveRun ? 'ended' : 'alive' })
    return ended || isCertain ? { ...settled, over: SESSION_ENDED } : settled
  }

  /** To be told of each message. */
  heard(): void {
    this.#heardAt = Date.now()
  }

  /** An error that may be about the session, or about something of that name that a tool has. */
  isDoubtful(end: RequestEnd): boolean {
    return isSessionError(end) && this.state !== 'none'
  }

  /** Whether such an error is about the session, and the request did not run. */
  async isRefusal(end: RequestEnd, { sentAt, hasBegun }: Work): Promise<boolean> {
    const tookMs = performance.now() - sentAt
    const { ended, gist, ms } = await this.#probe.ask()
    if (!ended) return false
    this.#hooks.finish(SESSION_ENDED)
    const isSame = gistOfEnd(end) === gist
    return isSame && !hasBegun && isAtOnce(tookMs, ms)
  }

  /** What the stream of news was answered: one that could be opened before, and can't be now, may tell of an end. */
  async streamed({ status, isStream, isAgain }: StreamOpening): Promise<void> {
    if (isStream) this.#hasListened = true
    else if (
      (this.#hasListened || isAgain) &&
      status !== 401 &&
      this.#hooks.exit() === undefined &&
      this.state === 'in use'
    ) {
      const isOver = endByStatus(status, '') === 'certain' || (await this.#probe.ask()).ended
      if (isOver) this.#hooks.finish(this.paced(SESSION_ENDED))
    }
  }

  /**
   * A stream that broke off can't be taken up. True when the server answers all the same, and what it works on goes on;
   * where it was the stream of news, there is one in the next session.
   */
  async outlivesStream(isListening: boolean): Promise<boolean> {
    const { ended, answered } = await this.#probe.ask()
    if (ended) this.#hooks.finish(this.paced(SESSION_ENDED))
    else if (answered && this.#hasListened && !isListening) this.#hooks.finish(this.paced(NO_NEWS))
    return answered
  }

  /** Of an end that nobody's call has brought about. */
  paced(how: Parted): Parted {
    return performance.now() - this.#readyAt < LIVED_MS ? { why: how.why } : how
  }
}

function isAtOnce(tookMs: number, pingMs: number): boolean {
  return tookMs < AT_ONCE_MS + 2 * pingMs
}

/** Nobody but us has asked for it, as right after the start. */
function isOurs(method: string | undefined): boolean {
  return (
    method === undefined || method === 'ping' || method === 'logging/setLevel' || method.endsWith('/list')
  )
}
