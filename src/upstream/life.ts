/**
 * One child's life: which of its processes works, and when the next one is started. What to do next is decided in
 * next-step.ts; here it is done, one start after the other.
 *
 * - In which era a server is spoken to may have to be tried (eraGuess.ts).
 * - When what a process was launched with has become stale (a rotated secret, a lease that ends, an edit of its entry
 *   in servers.yaml), another one is made ready beside it: launched, shaken hands with, listed. Meanwhile it works on.
 *   Then new calls go to the new one, and the old one ends those it has, for as long as `drain` says.
 * - Where no second process may be beside the first, the first one is ended when it is idle, or after some time new
 *   calls are held back until it is. If the second doesn't get ready, the first is launched as it was.
 * - When a process goes down every call in flight ends once, at once. Its tools stay known.
 */
import { PACE, type Pace } from './backoff.ts'
import { describeExit, LOOK, type Down } from './diagnosis.ts'
import { EraGuess, type EraMemory } from './eraGuess.ts'
import type { Pauses } from './next-step.ts'
import { Renewal } from './renewal.ts'
import { Run, type RunDeps } from './run.ts'
import { Runs } from './runs.ts'
import type { Standing } from './standing.ts'
import type { ChildSpec } from './start.ts'
import { Telling } from './telling.ts'
import { Tries } from './tries.ts'
import { Wake } from './wake.ts'

export interface LifeDeps extends Omit<RunDeps, 'onPrepared' | 'launchWithinMs'> {
  readonly eras: EraMemory
  readonly pace?: Pace
  readonly pauses?: Pauses
  readonly standing: Standing
  /** Another process works from now on. */
  onWorks(run: Run): void
  /** A launch had all that it needs, which another one has waited for. */
  onStoreBack(store: string): void
}

/** So long a process that must go before the next one starts is given to become idle by itself. */
const IDLE_WITHIN_MS = 10_000
const DRAIN_MS = 600_000

const EDITED = 'its entry in servers.yaml has changed'

export class Life {
  readonly runs = new Runs()
  readonly renewal = new Renewal()
  readonly #deps: LifeDeps
  readonly #era: EraGuess
  readonly #wake = new Wake()
  readonly #tries: Tries
  readonly #tell: Telling
  #spec: ChildSpec
  #life: Promise<void> | undefined
  #over = false

  constructor(spec: ChildSpec, deps: LifeDeps) {
    this.#spec = spec
    this.#deps = deps
    this.#era = new EraGuess(spec.id, deps.eras)
    this.#tries = new Tries(this.#pace)
    this.#tell = new Telling(spec.id, deps.log, deps.standing, this.#tries)
  }

  /** What works now was launched by an entry of servers.yaml that is another now. */
  get isOutdated(): boolean {
    return this.runs.present !== undefined && this.runs.present.spec !== this.#spec
  }

  start(): void {
    this.#life ??= this.#live()
  }

  /** Its entry in servers.yaml is another. */
  become(spec: ChildSpec): void {
    const { present, next } = this.runs
    this.#spec = spec
    this.#tries.renew(this.#pace)
    void next?.quit(EDITED)
    present?.becomeStale(EDITED)
    if (present === undefined) this.#tell.starting()
    else this.renewal.begin()
    this.#wake.now()
  }

  /** Somebody wants it to work: what waits for its next try is tried at once, where it may be. */
  hurry(): void {
    const { state } = this.#deps.standing
    const isRefused = state.kind === 'failed' && this.#tries.last?.again === 'never'
    const isAwaited = state.kind === 'waiting' && state.awaited !== undefined
    if ((isRefused || isAwaited) && this.#tries.mayHurry && this.#wake.early()) this.#tell.starting()
  }

  /** Another child's launch has had an answer of that store. */
  storeBack(store: string): void {
    const { last } = this.#tries
    if (last?.again === 'passed' && last.store === store) this.#wake.early()
  }

  /** Nothing is started any more; resolves when calls under way have ended, or had time enough, and all is gone. */
  async leave(why: string): Promise<void> {
    const { present, next } = this.runs
    this.#close()
    await next?.quit(why)
    if (present !== undefined) this.runs.leave(present, why, this.#drainMs(present))
    await Promise.all([this.runs.left(), this.#life])
  }

  /** Resolves when nothing is left. */
  async end(why: string): Promise<void> {
    this.#close()
    await this.runs.end(why)
    await this.#life
    await this.runs.end(why)
  }

  #close(): void {
    this.#over = true
    this.renewal.over()
    this.#wake.now()
  }

  async #live(): Promise<void> {
    while (!this.#over) {
      const { present } = this.runs
      if (present !== undefined && !present.gone && present.stale === undefined) {
        this.#tries.begin()
        await this.#wake.rest({ or: [present.whenGone, present.whenStale] })
        continue
      }
      if (present?.gone === true) await this.#bury(present)
      else if (present?.stale !== undefined && this.#tries.last === undefined)
        this.#tell.replacing(present.stale)
      if (!this.#over) await this.#step()
    }
  }

  async #step(): Promise<void> {
    const serving = this.runs.present !== undefined
    const replace = this.#spec.replace?.() ?? 'beside'
    const step = this.#tries.next({ serving, replace }, this.#deps.pauses)
    if (step.kind === 'failed') return this.#fail()
    await this.#rest(step.delayMs)
    if (this.#over) return
    const { present } = this.runs
    if (present === undefined || present.gone) await this.#startFirst()
    else if (step.how === 'after') await this.#swap(present)
    else await this.#startBeside(present)
  }

  async #rest(ms: number): Promise<void> {
    if (ms <= 0) return
    const { present } = this.runs
    if (present === undefined) this.#tell.waiting(Date.now() + ms)
    await this.#wake.rest({
      ms,
      notBeforeMs: this.#tries.last?.retryAfterMs ?? 0,
      or: present === undefined ? [] : [present.whenGone],
    })
  }

  async #fail(): Promise<void> {
    this.#tell.failed()
    const over = new AbortController()
    const mended = this.#spec.mended?.(over.signal)
    await this.#wake.rest({ or: mended === undefined ? [] : [mended] })
    over.abort()
    this.#tries.renew(this.#pace)
  }

  /** With nothing that works meanwhile. */
  async #startFirst(): Promise<void> {
    this.#tell.starting()
    const began = Date.now()
    const run = new Run(this.#spec, this.#runDeps())
    const down = await this.#try(run)
    this.#tries.count(began, down)
    if (down === undefined) this.#works(run)
  }

  async #startBeside(present: Run): Promise<void> {
    await Promise.race([this.runs.room(), present.whenGone])
    if (this.#over || present.gone) return
    const run = new Run(this.#spec, this.#runDeps())
    const down = await this.#try(run)
    if (this.#over) return
    if (down === undefined) {
      this.#works(run)
      this.runs.leave(present, present.stale ?? EDITED, this.#drainMs(present))
    } else {
      this.#tries.countBeside(down)
      this.#tell.notReplaced(down)
    }
  }

  /** The one that works goes first. */
  async #swap(present: Run): Promise<void> {
    const why = present.stale ?? EDITED
    this.#tell.replacingWhenIdle(why)
    await this.#wake.rest({ ms: IDLE_WITHIN_MS, or: [present.whenGone, present.exchange.whenIdle()] })
    if (this.#over || present.gone) return
    // From here on new calls wait.
    this.runs.swap(present)
    this.#tell.starting()
    await present.drain(why, this.#drainMs(present))
    const run = new Run(this.#spec, this.#runDeps())
    const down = this.#over ? undefined : await this.#try(run)
    if (this.#over) return
    if (down === undefined) {
      this.#works(run)
      return this.runs.bury(present)
    }
    this.#tries.countSwap()
    this.#tell.notReplaced(down)
    const before = new Run(present.spec, this.#runDeps(), present.launch)
    before.becomeStale(why)
    this.runs.swap(undefined)
    if ((await this.#launched(before)) === undefined) this.#works(before)
  }

  /** A start, and what is known by it of the next one. Undefined when it is ready, or all is over. */
  async #try(run: Run): Promise<Down | undefined> {
    const began = performance.now()
    const down = await this.#launched(run)
    this.#tries.ended(began)
    if (down === undefined) return undefined
    if (run.spec === this.#spec) this.#tries.failed(down)
    // It was called off by an edit.
    return run.spec === this.#spec ? down : { ...down, again: 'now' }
  }

  async #launched(run: Run): Promise<Down | undefined> {
    const guess = this.#era.next()
    this.runs.next = run
    const down = await run.start(guess)
    if (down === undefined) {
      this.#era.proved(run.running.connection.era)
      return undefined
    }
    this.runs.next = undefined
    return this.#era.failed(guess, down) ? { ...down, again: 'now' } : down
  }

  #works(run: Run): void {
    // Then it is ended as the next one.
    if (this.#over) return
    if (run.spec !== this.#spec) run.becomeStale(EDITED)
    this.#tries.ready()
    if (run.stale === undefined) this.#tries.begin()
    this.runs.works(run)
    run.begin()
    this.#deps.onWorks(run)
    if (!this.isOutdated) this.renewal.over()
    void run.whenGone.then(() => this.#lost(run))
  }

  /** Callers see it at once, also while the rest of its tree is still being ended. */
  #lost(run: Run): void {
    if (this.runs.present !== run || this.#over) return
    this.#tries.lost({ reason: `"${this.#spec.id}" ${describeExit(run.exit)}.`, hint: LOOK, again: 'later' })
    if (this.runs.next === undefined) this.#tell.waiting(Date.now())
    else this.#tell.starting()
  }

  async #bury(run: Run): Promise<void> {
    this.runs.present = undefined
    await this.runs.bury(run)
  }

  #drainMs({ spec }: Run): number {
    return spec.drainMs?.() ?? DRAIN_MS
  }

  get #pace(): Pace {
    return this.#spec.pace ?? this.#deps.pace ?? PACE
  }

  #runDeps(): RunDeps {
    return {
      ...this.#deps,
      launchWithinMs: this.#tries.launchWithinMs,
      onPrepared: () => {
        const store = this.#tries.last?.store
        if (store !== undefined) this.#deps.onStoreBack(store)
      },
    }
  }
}
