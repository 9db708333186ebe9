/**
 * One child's life: launched, probed, listed, ready; started again with growing pauses when it goes down; failed when
 * that doesn't help (backoff.ts).
 *
 * - A launch that is refused (a secret is missing, the program doesn't exist) isn't tried again, unless the refusal
 *   says that it may pass: nothing would have changed.
 * - In which era it is spoken to may have to be tried (eraGuess.ts); every try counts as a start.
 * - When it goes down every call in flight ends once, at once. Its tools stay known.
 * - When what it was launched with has become stale (a rotated secret, a lease that ends), the next launch is made
 *   ready while it still works; then its calls in flight may end, new ones wait, and it is replaced. If the next
 *   launch can't be had, it goes on as it is and that is tried again.
 * - One whose entry in servers.yaml changed or went is retired: its calls in flight may end, and it is not started again.
 * - What passes between it and its callers meanwhile is requests.ts's.
 */
import { Attempts, PACE, type Pace } from './backoff.ts'
import type { HostSide, Question } from './caller.ts'
import type { ServerRequest } from './client.ts'
import type { ServerNews } from './connect.ts'
import { describeExit, LOOK, type Down } from './diagnosis.ts'
import { EraGuess, type EraMemory } from './eraGuess.ts'
import { ChildLog, type ChildEvent } from './events.ts'
import type { MaskLine, TextStreamRedactor } from './lines.ts'
import type { Patience } from './process-tree.ts'
import type { Reaper } from './reaper.ts'
import { newsOf } from './news.ts'
import type { Offers } from './offer.ts'
import { OfferList } from './offerList.ts'
import { Handover } from './replace.ts'
import { Requests, type CallOptions } from './requests.ts'
import type { CallReply, ChildState } from './state.ts'
import { Standing } from './standing.ts'
import { startChild, type ChildSpec, type Running, type StartOptions } from './start.ts'
import { pause, settlesWithin } from './wait.ts'

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
  readonly host: HostSide
  readonly reaper: Reaper
  readonly readLarge?: NonNullable<StartOptions['readLarge']>
  readonly pace?: Pace
  readonly patience?: Patience
  readonly probeTimeoutMs?: number
}

/** How long calls in flight may hold up a replacement. */
const DRAIN_MS = 30_000

export class Child {
  readonly id: string
  readonly #spec: ChildSpec
  readonly #deps: ChildDeps
  readonly #log: ChildLog
  readonly #stop = new AbortController()
  readonly #attempts: Attempts
  readonly #era: EraGuess
  readonly #standing: Standing
  readonly #list: OfferList
  readonly #requests: Requests
  #running: Running | undefined
  /** What is about to be replaced, and still has calls in flight. */
  #draining: Running | undefined
  #life: Promise<void> | undefined
  readonly #news: ServerNews
  readonly #handover = new Handover()

  /** @param watched the resources that the host hears of from the child in whose place this one comes */
  constructor(spec: ChildSpec, deps: ChildDeps, watched: readonly string[] = []) {
    this.id = spec.id
    this.#spec = spec
    this.#deps = deps
    this.#attempts = new Attempts(spec.pace ?? deps.pace ?? PACE)
    this.#era = new EraGuess(spec.id, deps.eras)
    this.#standing = new Standing(() => deps.onChange(spec.id))
    this.#log = new ChildLog(
      spec.id,
      (event) => deps.onEvent(event),
      () => deps.redactStream(spec.id),
      deps.redactLines(spec.id),
    )
    this.#list = new OfferList({
      connection: () => this.#running?.connection,
      stop: this.#stop.signal,
      warn: (text) => this.#log.ours('warning', text),
      onChange: () => deps.onChange(spec.id),
    })
    this.#requests = new Requests({
      id: spec.id,
      state: () => this.#standing.state,
      running: () => this.#running,
      settled: () => this.settled(),
      stopped: () => this.#stop.signal.aborted,
      ask: (question, signal) => deps.host.onQuestion(spec.id, question, signal),
      parkMs: () => deps.host.parkMs,
    })
    this.#requests.watches.inherit(watched)
    this.#news = newsOf({
      id: spec.id,
      host: deps.host,
      log: this.#log,
      list: this.#list,
      requests: this.#requests,
      standing: this.#standing,
    })
  }

  get state(): ChildState {
    return this.#standing.state
  }

  /** As last listed; undefined while it has never been ready. */
  get offers(): Offers | undefined {
    return this.#list.offers
  }

  /** URIs of the resources that the host hears of. */
  get watched(): readonly string[] {
    return this.#requests.watches.uris
  }

  start(): void {
    this.#life ??= this.#live()
  }

  /** Resolves as soon as it is neither starting nor about to be started at once. */
  settled(): Promise<void> {
    return this.#standing.settled()
  }

  /** Resolves when the child and all that it started are gone. */
  async stop(): Promise<void> {
    this.#stop.abort()
    this.#requests.close()
    await this.#running?.transport.close()
    await this.#life
    await this.#handover.end()
    this.#standing.set({ kind: 'stopped' })
  }

  /** It gets no new requests; resolves when those under way have ended, or had time enough, and it is gone. */
  async retire(): Promise<void> {
    this.#standing.set({ kind: 'retired' })
    const running = this.#running ?? this.#draining
    if (running !== undefined) await idle(running)
    await this.stop()
  }

  async request(request: ServerRequest, options: CallOptions): Promise<CallReply> {
    return this.#requests.send(request, options)
  }

  /** From which severity on its log messages are wanted. */
  setLogLevel(level: string): void {
    this.#requests.setLevel(level)
  }

  /** The host wants to hear of a resource no more. */
  unwatch(uri: string): void {
    void this.#requests.unwatch(uri)
  }

  /** Tells it what the host told everybody, such as that its roots changed. */
  notify(method: string): void {
    this.#running?.connection.notify(method)
  }

  async #live(): Promise<void> {
    let down: Down | undefined
    while (!this.#over) {
      if (down?.replaced === true) {
        down = await this.#run()
        continue
      }
      const next = this.#attempts.next(Date.now())
      if (down !== undefined && (down.again === 'never' || next.kind === 'failed')) {
        this.#fail(down)
        if (this.#spec.mended === undefined) return
        await this.#spec.mended(this.#stop.signal)
        down = undefined
        continue
      }
      if (down?.again === 'later' && next.kind === 'start') {
        this.#standing.set({
          kind: 'waiting',
          reason: down.reason,
          hint: down.hint,
          retryAt: Date.now() + next.delayMs,
        })
        await pause(next.delayMs, this.#stop.signal)
        if (this.#over) return
      }
      this.#attempts.began(Date.now())
      this.#standing.set({ kind: 'starting' })
      down = await this.#run()
    }
  }

  get #over(): boolean {
    return this.#stop.signal.aborted || this.#standing.isRetired
  }

  #fail(down: Down): void {
    const reason =
      down.again === 'never' ? down.reason : `${down.reason} It went down too often and is not started again.`
    this.#standing.set({ kind: 'failed', reason, hint: down.hint })
    this.#deps.onEvent({ kind: 'failed', id: this.id, reason })
  }

  /** One process from launch to end; resolves with why it is down. */
  async #run(): Promise<Down> {
    const log = this.#log.hooks()
    const hooks = {
      ...log,
      onQuestion: (question: Question, signal: AbortSignal) => this.#requests.ask(question, signal),
    }
    const guess = this.#era.next()
    this.#list.forgetNews()
    try {
      const started = await startChild(this.#handover.specOfNext(this.#spec), {
        ...this.#deps,
        ...guess,
        hooks,
        stop: this.#stop.signal,
        capabilities: this.#deps.host.capabilities(this.id),
        news: this.#news,
      })
      if (started.kind === 'running') return await this.#serve(started)
      this.#attempts.notReady()
      return this.#era.failed(guess, started) ? { ...started, again: 'now' } : started
    } finally {
      log.end()
    }
  }

  async #serve(running: Running): Promise<Down> {
    const { transport, connection, listed } = running
    const { protocolVersion } = connection
    this.#era.proved(connection.era)
    this.#attempts.ready()
    this.#running = running
    this.#list.adopt(listed)
    const tools = listed.offers.tools.length
    this.#deps.onEvent({ kind: 'ready', id: this.id, protocolVersion, tools })
    this.#standing.set({ kind: 'ready', protocolVersion, pid: transport.pid ?? 0 })
    this.#requests.begin(running, this.#deps.host.logLevel())
    this.#list.catchUp()

    const stale = new Promise<string>((resolve) => running.hold?.begin(resolve))
    const why = await Promise.race([transport.whenGone, stale])
    const isStale = why !== undefined && !this.#over
    if (isStale) this.#log.ours('info', `${why}; "${this.id}" is replaced`)
    const warn = (text: string): void => this.#log.ours('warning', text)
    const isReplaced =
      isStale && (await this.#handover.prepare(this.#spec, transport, this.#stop.signal, warn))
    if (isReplaced) await this.#drain(running)
    else await transport.whenGone
    this.#running = undefined
    const reason = `"${this.id}" ${describeExit(transport.exit)}.`
    // Callers see it at once, also while the rest of its tree is still being ended.
    const isDown = !this.#stop.signal.aborted && !isReplaced
    if (isDown) this.#standing.set({ kind: 'waiting', reason, hint: LOOK, retryAt: Date.now() })
    await transport.close()
    this.#handover.release(running.hold)
    return { reason, hint: LOOK, again: 'later', ...(isReplaced && { replaced: true }) }
  }

  /** New calls wait from here on; those under way may end. */
  async #drain(running: Running): Promise<void> {
    this.#running = undefined
    this.#draining = running
    this.#standing.set({ kind: 'starting' })
    await idle(running)
    await running.transport.close()
    this.#draining = undefined
  }
}

async function idle({ transport, calls }: Running): Promise<void> {
  await Promise.race([transport.whenGone, settlesWithin(calls.idle(), DRAIN_MS)])
}
