/**
 * Runs the life of one child: knows which of its processes works, and starts the next one when it is due. next-step.ts
 * decides what to do; this file does it, one start after the other.
 *
 * - The era that a server speaks may have to be tried out (era-guess.ts).
 * - A process that works can become stale: a secret was rotated, a lease ends, or its entry in servers.yaml was
 *   edited. Then another process is made ready beside it (launched, shaken hands with, listed), and the stale one
 *   works on. When the other one is ready, new calls go to it. The old process ends the calls that it has, within
 *   `drain`.
 * - Some servers allow no second process beside the first (starter.ts).
 * - When a process goes down, every call in flight ends once, at once. The tools of the child stay known. A connection
 *   whose session has ended takes no new calls, but the calls that it has may end.
 * - A child of which nothing is needed has no process: it sleeps until it is called. That is so before its first call
 *   where what it offers is known, after nobody has used it for some time (idle-watch.ts), and when its process ended as
 *   if its work were done while nobody waited for it, which is no crash.
 */
import { spellDuration } from '../../duration.ts'
import { PACE, type StartPace } from '../backoff.ts'
import { describeExit, whyLost } from '../session/diagnosis.ts'
import type { EraMemory } from '../session/era-guess.ts'
import type { Pauses } from './starting/next-step.ts'
import { EditWait } from './starting/edit-wait.ts'
import { IdleWatch, NEVER_SLEEPS, type SleepRule } from './idle-watch.ts'
import type { RunDeps, ServerRun } from './run.ts'
import { Runs } from './runs.ts'
import type { ChildStanding } from './standing.ts'
import type { ChildSpec } from './starting/start.ts'
import { EDITED, Starter } from './starting/starter.ts'
import { Telling } from './told/telling.ts'
import { Tries } from './starting/tries.ts'
import { Wake } from './starting/wake.ts'

export interface LifeDeps extends Omit<RunDeps, 'onPrepared' | 'launchWithinMs'> {
  readonly eras: EraMemory
  readonly pace?: StartPace
  readonly pauses?: Pauses
  readonly standing: ChildStanding
  /** Another process works from now on. */
  onWorks(run: ServerRun): void
  /** Somebody wants to hear of its resources, so it can't sleep. */
  isWatched(): boolean
  /** It is still being asked for what it offers. */
  isListing(): boolean
  /** A launch had all that it needs, which another one has waited for. */
  onStoreBack(store: string): void
}

const DRAIN_MS = 600_000
const REST_MS = 1000

export class ChildLife {
  readonly runs = new Runs()
  readonly editWait = new EditWait()
  readonly idle: IdleWatch
  readonly #deps: LifeDeps
  readonly #wake = new Wake()
  readonly #tries: Tries
  readonly #tell: Telling
  readonly #starter: Starter
  #spec: ChildSpec
  #life: Promise<void> | undefined
  #over = false
  /** For its call, when its entry was looked at last. */
  #canWait = false

  constructor(spec: ChildSpec, deps: LifeDeps) {
    this.#spec = spec
    this.#deps = deps
    this.#tries = new Tries(this.#pace)
    this.#tell = new Telling(spec.id, deps.log, deps.standing, this.#tries)
    this.idle = new IdleWatch(() => this.#sleepRule)
    this.#starter = new Starter({
      runs: this.runs,
      tries: this.#tries,
      tell: this.#tell,
      wake: this.#wake,
      eras: deps.eras,
      run: deps,
      spec: () => this.#spec,
      isOver: () => this.#over,
      drainMs: (run) => this.#drainMs(run),
      works: (run) => this.#works(run),
      onStoreBack: (store) => deps.onStoreBack(store),
    })
  }

  /** What works now was launched by an entry of servers.yaml that is another now. */
  get isOutdated(): boolean {
    return this.runs.present !== undefined && this.runs.present.spec !== this.#spec
  }

  /** It is launched by that now. */
  isFor(spec: ChildSpec | undefined): boolean {
    return this.#spec === spec
  }

  start(): void {
    this.#life ??= this.#live()
  }

  /** Its entry in servers.yaml is another. */
  become(spec: ChildSpec): void {
    const { present, next } = this.runs
    this.#spec = spec
    this.#tries.renew(this.#pace)
    this.#tell.works()
    // What the new one offers is known, so it can wait for its call too.
    if (this.#isAsleep && this.#sleepRule.untilCalled) return
    void next?.quit(EDITED)
    present?.becomeStale(EDITED)
    if (present === undefined) this.#tell.starting()
    else this.editWait.begin()
    this.#wake.now()
  }

  /** Its entry says something else of when it sleeps. */
  regard(): void {
    const couldWait = this.#canWait
    this.#canWait = this.#sleepRule.untilCalled
    // One that is asleep for another reason, as its work was done, isn't started by an edit.
    if (this.#isAsleep && couldWait && !this.#canWait) this.#rouse()
    else this.idle.rearm()
  }

  /** Somebody wants it to work: what waits for its next try is tried at once, where it may be. */
  hurry(): void {
    const { standing } = this.#deps
    if (this.#isAsleep) this.#rouse()
    const { state } = standing
    const inMs = this.#tries.mayHurryInMs
    if (state.kind !== 'waiting' && (state.kind !== 'failed' || inMs > 0)) return
    const within = this.#wake.hasten(inMs)
    if (within === undefined) return
    if (within <= 0) return this.#tell.starting()
    const retryAt = Math.ceil(Date.now() + within)
    // Each change wakes everybody who waits for it.
    if (state.kind === 'waiting' && retryAt < state.retryAt) standing.set({ ...state, retryAt })
  }

  #rouse(): void {
    this.#tries.wanted()
    this.#tell.starting()
    this.#wake.early()
  }

  get #isAsleep(): boolean {
    return this.#deps.standing.state.kind === 'asleep'
  }

  get #sleepRule(): SleepRule {
    return this.#spec.sleep?.() ?? NEVER_SLEEPS
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
    this.editWait.over()
    this.#wake.now()
  }

  async #live(): Promise<void> {
    this.#canWait = this.#sleepRule.untilCalled
    if (this.#canWait) {
      this.#tell.notCalled()
      await this.#untilWanted()
    }
    while (!this.#over) {
      const { present } = this.runs
      if (present !== undefined && !present.over && present.stale === undefined) {
        this.#tries.begin()
        await this.#work(present)
        continue
      }
      if (present?.over === true) {
        await this.#bury(present)
        await this.#untilWanted()
      } else if (present?.stale !== undefined && this.#tries.last === undefined)
        this.#tell.replacing(present.stale)
      if (!this.#over) await this.#step()
    }
  }

  /** Until it is over, or to be replaced, or nobody has used it for long enough; then it sleeps until it is called. */
  async #work(present: ServerRun): Promise<void> {
    const deps = this.#deps
    const due = this.idle.begin({
      get isBusy() {
        return !present.exchange.isIdle || deps.isWatched() || deps.isListing()
      },
      get idleSince() {
        return present.exchange.idleSince
      },
      hasPrograms: () => present.hasPrograms(),
    })
    await this.#wake.rest({ or: [present.whenOver, present.whenStale, due] })
    // From here to where it is no more the present one nothing is awaited, so no call comes between.
    const isToEnd = this.idle.isDue && !this.#over && !present.over && present.stale === undefined
    this.idle.end()
    if (!isToEnd) return
    const forMs = this.#sleepRule.idleMs
    const ended = this.runs.putToSleep(present, `nobody has called it for ${spellDuration(forMs)}`)
    this.#tries.endedWell()
    this.#canWait = this.#sleepRule.untilCalled
    this.#tell.asleep(`"${this.#spec.id}" was ended, as nobody had called it for ${spellDuration(forMs)}.`)
    await ended
    await this.#untilWanted()
  }

  /** Where somebody wants to hear of its resources, it isn't long. */
  async #untilWanted(): Promise<void> {
    // It may all be over, or it may be wanted, since it fell asleep.
    if (this.#over || !this.#isAsleep) return
    await this.#wake.rest(this.#deps.isWatched() ? { ms: Math.max(REST_MS, this.#tries.paceMs) } : {})
  }

  async #step(): Promise<void> {
    const serving = this.runs.present !== undefined
    const replace = this.#spec.replace?.() ?? 'beside'
    const step = this.#tries.next({ serving, replace }, this.#deps.pauses)
    if (step.kind === 'failed') return this.#longRest(step.againMs, () => this.#tell.failed())
    const { delayMs, seldom } = step
    if (seldom === true) return this.#longRest(delayMs, () => this.#tell.waitingLong(Date.now() + delayMs))
    await this.#rest(delayMs)
    if (this.#over) return
    const { present } = this.runs
    if (present === undefined || present.over) await this.#starter.first()
    else if (step.how === 'after') await this.#starter.after(present)
    else await this.#starter.beside(present)
  }

  async #rest(ms: number): Promise<void> {
    if (ms <= 0) return
    const { present } = this.runs
    if (present === undefined) this.#tell.waiting(Date.now() + ms)
    await this.#wake.rest({
      ms,
      notBeforeMs: this.#tries.last?.retryAfterMs ?? 0,
      or: present === undefined ? [] : [present.whenOver],
    })
  }

  /**
   * Until somebody has mended it, or wants it.
   *
   * @param againMs when it is tried again also where neither is
   */
  async #longRest(againMs: number | undefined, tell: () => void): Promise<void> {
    tell()
    const over = new AbortController()
    let isMended = false
    const mended = this.#spec.mended?.(over.signal).then(() => (isMended = true))
    const ms = againMs === undefined ? {} : { ms: againMs }
    await this.#wake.rest({ ...ms, or: mended === undefined ? [] : [mended] })
    over.abort()
    if (isMended) this.#tries.renew(this.#pace)
    this.#tries.due()
  }

  #works(run: ServerRun): void {
    // Then it is ended as the next one.
    if (this.#over) return
    if (run.spec !== this.#spec) run.becomeStale(EDITED)
    this.#tries.ready()
    this.#tell.works()
    if (run.stale === undefined) this.#tries.begin()
    this.runs.works(run)
    run.begin()
    this.#deps.onWorks(run)
    if (!this.isOutdated) this.editWait.over()
    void run.whenOver.then(() => this.#lost(run))
  }

  /** Callers see it at once, also while the rest of its tree is still being ended. */
  #lost(run: ServerRun): void {
    if (this.runs.present !== run || this.#over) return
    const { id } = this.#spec
    if (run.endedWell && run.stale === undefined && this.runs.next === undefined) {
      this.#tries.endedWell()
      return this.#tell.asleep(`"${id}" ${describeExit(run.exit)}.`)
    }
    const { said } = run
    const down = whyLost(id, run.exit)
    this.#tries.lost({ ...down, ...(said !== undefined && { said }) })
    if (this.runs.next === undefined && down.again !== 'now') this.#tell.waiting(Date.now())
    else this.#tell.starting()
  }

  /** One that is over and not gone still ends the calls that it has. */
  async #bury(run: ServerRun): Promise<void> {
    this.runs.present = undefined
    if (run.gone) await this.runs.bury(run)
    else this.runs.leave(run, describeExit(run.exit), this.#drainMs(run))
  }

  #drainMs({ spec }: ServerRun): number {
    return spec.drainMs?.() ?? DRAIN_MS
  }

  get #pace(): StartPace {
    return this.#spec.pace ?? this.#deps.pace ?? PACE
  }
}
