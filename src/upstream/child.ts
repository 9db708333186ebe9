/**
 * One server of servers.yaml as everybody else sees it: what it is in, what it offers, and how it is asked. Its life is
 * life.ts's, and what passes between it and its callers requests.ts's.
 *
 * One whose entry went is retired: its calls in flight may end, and it is not started again.
 */
import type { Pace } from './backoff.ts'
import type { HostSide } from './caller.ts'
import type { ServerRequest } from './client.ts'
import type { EraMemory } from './eraGuess.ts'
import { ChildLog, type ChildEvent } from './events.ts'
import { Life } from './life.ts'
import type { MaskLine, TextStreamRedactor } from './lines.ts'
import { newsOf } from './news.ts'
import type { Pauses } from './next-step.ts'
import type { Offers } from './offer.ts'
import { OfferList } from './offerList.ts'
import type { Patience } from './process-tree.ts'
import type { Reaper } from './reaper.ts'
import { Requests, type CallOptions } from './requests.ts'
import type { Run } from './run.ts'
import type { CallReply, ChildState } from './state.ts'
import { Standing } from './standing.ts'
import type { ChildSpec, StartOptions } from './start.ts'

export type { ChildEvent } from './events.ts'
export type { CallOptions } from './requests.ts'
export type { CallReply, ChildState } from './state.ts'
export type { ChildSpec } from './start.ts'

export interface ChildDeps {
  onEvent(event: ChildEvent): void
  readonly eras: EraMemory
  redactStream(id: string): TextStreamRedactor
  /** For the lines of one child's log, which are judged together. */
  redactLines(id: string): MaskLine
  /** State or offers changed. */
  onChange(id: string): void
  /** A launch had an answer of a secret store that it had waited for. */
  onStoreBack(store: string): void
  readonly host: HostSide
  readonly reaper: Reaper
  readonly readLarge?: NonNullable<StartOptions['readLarge']>
  readonly pace?: Pace
  readonly pauses?: Pauses
  readonly patience?: Patience
  readonly probeTimeoutMs?: number
}

const STOPS = 'sidemux stops'
const REMOVED = 'it is not in servers.yaml any more'

export class Child {
  readonly id: string
  readonly #stop = new AbortController()
  readonly #log: ChildLog
  readonly #standing: Standing
  readonly #list: OfferList
  readonly #requests: Requests
  readonly #life: Life

  constructor(spec: ChildSpec, deps: ChildDeps) {
    const { id } = spec
    this.id = id
    this.#standing = new Standing(() => deps.onChange(id))
    this.#log = new ChildLog(
      id,
      (event) => deps.onEvent(event),
      () => deps.redactStream(id),
      deps.redactLines(id),
    )
    this.#list = new OfferList({
      connection: () => this.#present?.connection,
      stop: this.#stop.signal,
      warn: (text) => this.#log.ours('warning', text),
      onChange: () => deps.onChange(id),
    })
    this.#life = new Life(spec, {
      ...deps,
      log: this.#log,
      standing: this.#standing,
      onWorks: (run) => this.#onWorks(run),
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
      renewal: () => this.#life.renewal.pending,
      hurry: () => this.hurry(),
      settled: () => this.settled(),
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

  /** What offers that works still, launched by an entry of servers.yaml that is another now. */
  get isOutdated(): boolean {
    return this.#life.isOutdated
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

  async request(request: ServerRequest, options: CallOptions): Promise<CallReply> {
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

  /** Tells it what the host told everybody, such as that its roots changed. */
  notify(method: string): void {
    for (const { connection } of this.#life.runs.all) connection?.notify(method)
  }

  /** One that is gone can't be asked, also before its life has taken note. */
  get #present(): Run | undefined {
    const { present } = this.#life.runs
    return present?.gone === true || this.#standing.isRetired ? undefined : present
  }

  #onWorks(run: Run): void {
    const { connection, listed, transport } = run.running
    const { protocolVersion } = connection
    this.#list.adopt(listed)
    this.#log.event({ kind: 'ready', id: this.id, protocolVersion, tools: listed.offers.tools.length })
    this.#standing.set({ kind: 'ready', protocolVersion, pid: transport.pid ?? 0 })
    this.#requests.begin(run)
    this.#list.catchUp(run.changed)
  }
}
