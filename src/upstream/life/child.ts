/**
 * One server of servers.yaml as the other rooms see it: its state, what it offers, and the methods that send it
 * requests. life.ts starts and replaces its processes; requests.ts handles the requests.
 *
 * When its entry is removed from servers.yaml, the child is retired: calls in flight may end, and it is not started
 * again.
 */
import { controllerForMany } from '../../cancellation.ts'
import type { StartPace } from '../backoff.ts'
import type { HostSide } from '../messages/caller.ts'
import type { ServerRequest } from '../session/connection.ts'
import { look, type Failure } from '../session/diagnosis.ts'
import type { EraMemory } from '../session/era-guess.ts'
import { ChildLog, type ChildEvent } from './told/events.ts'
import { ChildLife } from './life.ts'
import type { MaskLine, StreamMask } from '../process/words/lines.ts'
import { newsOf } from './told/news.ts'
import type { Pauses } from './starting/next-step.ts'
import type { OfferKind, Offers } from '../messages/offer.ts'
import { OfferList, type ListGap } from '../session/lists/offer-list.ts'
import type { LimitWatch } from '../process/limits/watch.ts'
import type { Reaper } from '../process/ending/reaper.ts'
import { Requests, type CallOptions } from './requests.ts'
import type { ServerRun } from './run.ts'
import type { CallReply, ChildState } from './state.ts'
import { ChildStanding } from './standing.ts'
import type { ChildSpec, StartOptions } from './starting/start.ts'
import type { Turns } from './starting/turns.ts'

export type { ChildEvent } from './told/events.ts'
export type { CallOptions } from './requests.ts'
export type { CallReply, ChildState } from './state.ts'
export type { ChildSpec } from './starting/start.ts'

export interface ChildDeps {
  onEvent(event: ChildEvent): void
  readonly eras: EraMemory
  redactStream(id: string): StreamMask
  /** For the lines of one child's log, which are judged together. */
  redactLines(id: string): MaskLine
  /** State or offers changed. */
  onChange(id: string): void
  /** A launch had an answer of a secret store that it had waited for. */
  onStoreBack(store: string): void
  readonly host: HostSide
  readonly reaper: Reaper
  readonly limitWatch: LimitWatch
  readonly turns: Turns
  readonly readLarge?: NonNullable<StartOptions['readLarge']>
  readonly pace?: StartPace
  readonly pauses?: Pauses
  readonly probeTimeoutMs?: number
}

const STOPS = 'sidemux stops'
const REMOVED = 'it is not in servers.yaml any more'

export class Child {
  readonly id: string
  readonly #stop = controllerForMany()
  readonly #log: ChildLog
  readonly #standing: ChildStanding
  readonly #list: OfferList
  readonly #requests: Requests
  readonly #life: ChildLife
  /** What the process was launched by that has last said what it offers. */
  #offering: ChildSpec | undefined

  constructor(spec: ChildSpec, deps: ChildDeps) {
    const { id } = spec
    this.id = id
    this.#standing = new ChildStanding(() => deps.onChange(id))
    this.#log = new ChildLog(
      id,
      (event) => deps.onEvent(event),
      () => deps.redactStream(id),
      () => deps.redactLines(id),
    )
    this.#list = new OfferList({
      connection: () => this.#present?.connection,
      stop: this.#stop.signal,
      warn: (text) => this.#log.ours('warning', text),
      quote: ({ what, text }) => this.#log.quote(what, text),
      onChange: () => deps.onChange(id),
    })
    this.#life = new ChildLife(spec, {
      ...deps,
      log: this.#log,
      standing: this.#standing,
      onWorks: (run) => this.#onWorks(run),
      isWatched: () => this.watched.length > 0,
      isListing: () => this.#list.isPending,
      newsOf: (run) =>
        newsOf({
          id,
          host: deps.host,
          log: this.#log,
          isPresent: () => this.#life.runs.present === run,
          list: this.#list,
          run,
          requests: this.#requests,
          standing: this.#standing,
        }),
    })
    this.#requests = new Requests({
      id,
      state: () => this.#standing.state,
      present: () => this.#present,
      asker: (resumed) => this.#life.runs.asker(resumed),
      editWait: () => this.#life.editWait.pending,
      idle: this.#life.idle,
      hurry: () => this.hurry(),
      tried: (withinMs) => this.tried(withinMs),
      stopped: () => this.#stop.signal.aborted,
    })
  }

  get state(): ChildState {
    return this.#standing.state
  }

  /** As last listed; undefined while it has never been ready. */
  get offers(): Offers | undefined {
    return this.#list.offers
  }

  /** What is missing of its lists. */
  get gaps(): readonly ListGap[] {
    return this.#list.gaps
  }

  /** What of its lists is left out or used without a part, a sentence each, not masked. */
  get faults(): readonly string[] {
    return this.#list.faults
  }

  /** A list that is missing in part is read again; resolves when it was, whatever came of it. */
  async listAgain(kind: OfferKind): Promise<void> {
    await this.#list.again(kind)
  }

  /** Undefined for a list that is whole. */
  whyMissing(kind: OfferKind): Failure | undefined {
    const gap = this.#list.gap(kind)
    if (gap === undefined) return undefined
    const { why, said } = gap
    return {
      reason: `The list of ${kind} of "${this.id}" ${why}.`,
      hint: `It is read again after a while and when something of it is asked for. ${look(this.id)}`,
      ...(said !== undefined && { said }),
    }
  }

  /** Resolves when each of its lists was read, or was not answered. */
  async read(): Promise<void> {
    await this.#list.read()
  }

  /** What offers that works still, launched by an entry of servers.yaml that is another now. */
  get isOutdated(): boolean {
    return this.#life.isOutdated
  }

  /** What it has said of itself is what its entry of now launches, whether that runs or not (promise 5). */
  get offersOfNow(): Offers | undefined {
    return this.#life.isFor(this.#offering) ? this.#list.offers : undefined
  }

  /** URIs of the resources that the host hears of. */
  get watched(): readonly string[] {
    return this.#requests.watches.uris
  }

  start(): void {
    this.#life.start()
  }

  /** Its entry in servers.yaml is another now, so another process is to take the place of the one that works. */
  become(spec: ChildSpec): void {
    this.#life.become(spec)
  }

  /** Its entry says something else of when it runs; it keeps its process where it has one. */
  regard(): void {
    this.#life.regard()
  }

  /** It is used until what this returns is called, so it isn't ended for being idle. */
  use(): () => void {
    return this.#life.idle.use()
  }

  /** Somebody wants it to work: what waits for its next try is tried at once, where it may be. */
  hurry(): void {
    this.#life.hurry()
  }

  /** A secret store has answered somebody. */
  storeBack(store: string): void {
    this.#life.storeBack(store)
  }

  /** Resolves as soon as it is neither starting nor about to be started at once. */
  settled(): Promise<void> {
    return this.#standing.settled()
  }

  /** Resolves when a start that is due within so long has come to something; at once where none is. */
  tried(withinMs: number): Promise<void> {
    return this.#standing.tried(withinMs)
  }

  /** Resolves when the child and all that it started are gone. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#life.end(this.#standing.isRetired ? REMOVED : STOPS)
    this.#standing.set({ kind: 'stopped' })
  }

  /** It gets no new requests; resolves when those under way have ended, or had time enough, and it is gone. */
  async retire(): Promise<void> {
    this.#standing.set({ kind: 'retired' })
    await this.#life.leave(REMOVED)
    await this.stop()
  }

  request(request: ServerRequest, options: CallOptions): Promise<CallReply> {
    return this.#requests.send(request, options)
  }

  /** From which severity on its log messages are wanted. */
  setLogLevel(level: string): void {
    for (const { exchange } of this.#life.runs.all) exchange.setLevel(level)
  }

  /** The host wants to hear of a resource no more. */
  unwatch(uri: string): void {
    void this.#requests.unwatch(uri)
  }

  /** The roots of the host are others. */
  rootsChanged(): void {
    for (const { connection } of this.#life.runs.all) connection?.rootsChanged()
  }

  /** One that is gone can't be asked, also before its life has taken note. */
  get #present(): ServerRun | undefined {
    const { present } = this.#life.runs
    return present?.over === true || this.#standing.isRetired ? undefined : present
  }

  #onWorks(run: ServerRun): void {
    const { connection, listed, transport } = run.running
    const { protocolVersion } = connection
    this.#list.adopt(connection, listed, this.#offering === run.spec)
    this.#offering = run.spec
    const tools = this.#list.offers?.tools.length ?? 0
    this.#log.event({ kind: 'ready', id: this.id, protocolVersion, tools })
    this.#standing.set({ kind: 'ready', protocolVersion, pid: transport.pid ?? 0 })
    this.#requests.begin(run)
    this.#list.catchUp(run.changed)
  }
}
