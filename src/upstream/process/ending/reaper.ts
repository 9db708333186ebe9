/**
 * Ends the children when the sidecar can't: a host may kill it with SIGKILL, and a child that ignores the end of its
 * stdin would live on, and one that ends well would leave behind what it should take away (promise 8).
 *
 * Two watchdogs (watchdog.ts) wait on pipes whose other ends only the sidecar holds. They read which process groups exist;
 * the end of the pipe means that the sidecar is gone. Then the first one does with what is still listed what
 * process-tree.ts does at a normal end, with the same grace: the end of stdin has come by itself, then SIGTERM, then
 * SIGKILL. The second one only sees to it that the first one does, wakes it when somebody has stopped it, and takes over
 * when somebody has killed it. While the sidecar lives, one that is killed is replaced, and so is one that doesn't answer.
 *
 * What still escapes is a server that stops or kills both, over and over, in the moment in which the sidecar is killed:
 * whatever runs as the same user can do that.
 *
 * While no server runs that needs them, after some time, there are no watchdogs either.
 *
 * All this is the fallback. A server that bubblewrap confines is ended by the system together with the sidecar, one under
 * Landlock by its keeper (confine/confiner/), and a sidecar that has no others starts no watchdog.
 */
import type { Relative } from './relatives.ts'
import { TICKS } from './watchdog-script.ts'
import { askAfter } from './process-tree.ts'
import { settlesWithin } from '../../wait.ts'
import { canWatch, Watchdog } from './watchdog.ts'

/** Long enough for an answer on a machine that has much to do, and short for somebody who waits. */
const CHECK_EVERY_MS = 2000
/** Before a second watchdog takes the place of one that had just begun; doubled each time. */
const FIRST_PAUSE_MS = 50
const MAX_PAUSE_MS = 2000
/** One that lived so long had begun well. */
const SETTLED_MS = 5000
const LET_GO_MS = 500
/** A server that sleeps may be called again soon. */
const REST_AFTER_MS = 10_000

interface Group {
  /** How long it may take to end, as it is now. */
  readonly graceMs: () => number
  /** It doesn't end by itself when the sidecar does. */
  readonly needsWatch: boolean
  asked: boolean
  /** What belongs to it and may have left it, and its parent. */
  readonly strays: Relative[]
}

export class Reaper {
  readonly #groups = new Map<number, Group>()
  /** The one that acts comes first. */
  readonly #watchdogs: (Watchdog | undefined)[] = [undefined, undefined]
  readonly #pauses = [FIRST_PAUSE_MS, FIRST_PAUSE_MS]
  readonly #restAfterMs: number
  #checking: NodeJS.Timeout | undefined
  #resting: NodeJS.Timeout | undefined
  #closed = false

  /** @param restAfterMs so long without anything to watch the watchdogs stay */
  constructor(restAfterMs = REST_AFTER_MS) {
    this.#restAfterMs = restAfterMs
  }

  /** The watchdogs'. */
  get pids(): readonly number[] {
    return this.#watchdogs.flatMap((watchdog) => watchdog?.pid ?? [])
  }

  /** Of those that are alive; zero for none. */
  get longestGraceMs(): number {
    return Math.max(0, ...[...this.#groups.values()].map(({ graceMs }) => graceMs()))
  }

  /** To be called before a process is started that needs it, so that little time passes until it can be added. */
  ready(): void {
    if (this.#closed || !canWatch()) return
    for (const place of this.#watchdogs.keys()) this.#fill(place)
    this.#checking ??= setInterval(() => this.#check(), CHECK_EVERY_MS).unref()
    this.#restSoon()
  }

  /** @param needsWatch false for one that ends with the sidecar anyway (ConfinedStart.tie); watchdogs don't know of it */
  add(group: number, graceMs: () => number, needsWatch = true): void {
    const facts: Group = { graceMs, needsWatch, asked: false, strays: [] }
    this.#groups.set(group, facts)
    if (!needsWatch) return
    this.ready()
    this.#tell(adding(group, facts))
  }

  /** It was asked to end, and is not to be asked once more. */
  asked(group: number): void {
    const facts = this.#groups.get(group)
    if (facts === undefined) return
    facts.asked = true
    if (facts.needsWatch) this.#tell(asked(group))
  }

  /** These belong to it, wherever they are now. */
  found(group: number, strays: readonly Relative[]): void {
    const facts = this.#groups.get(group)
    if (facts?.needsWatch !== true) return
    facts.strays.push(...strays)
    this.#tell(strays.map((one) => straying(group, one)).join('\n'))
  }

  remove(group: number): void {
    const facts = this.#groups.get(group)
    if (!this.#groups.delete(group) || facts?.needsWatch !== true) return
    this.#tell(`del ${group}`)
    this.#restSoon()
  }

  /** Lets the watchdogs go when there is nothing to watch by then. */
  #restSoon(): void {
    clearTimeout(this.#resting)
    if (this.#closed) return
    this.#resting = setTimeout(() => {
      if (this.#closed || this.#watched.length > 0) return
      clearInterval(this.#checking)
      this.#checking = undefined
      for (const watchdog of this.#watchdogs.splice(0, 2, undefined, undefined))
        if (watchdog !== undefined) void letGo(watchdog)
    }, this.#restAfterMs).unref()
  }

  /** How long they may take may be another now. */
  regraced(): void {
    for (const group of this.#watched) this.#tell(adding(...group))
  }

  get #watched(): [number, Group][] {
    return [...this.#groups].filter(([, { needsWatch }]) => needsWatch)
  }

  /** Lets the watchdogs go; what is still listed is killed now. */
  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#checking)
    clearTimeout(this.#resting)
    this.#tell('now')
    const watchdogs = this.#watchdogs.flatMap((watchdog) => watchdog ?? [])
    for (const watchdog of watchdogs) watchdog.end()
    const gone = Promise.all(watchdogs.map((watchdog) => watchdog.gone))
    if (await settlesWithin(gone, LET_GO_MS)) return
    if (this.#groups.size === 0) for (const watchdog of watchdogs) watchdog.kill()
  }

  #fill(place: number): void {
    if (this.#closed || this.#watchdogs[place] !== undefined) return
    const watchdog = new Watchdog()
    const began = performance.now()
    this.#watchdogs[place] = watchdog
    for (const group of this.#watched) watchdog.tell(adding(...group))
    this.#introduce()
    const leave = (): void => {
      // It was let go.
      if (this.#watchdogs[place] !== watchdog) return
      this.#watchdogs[place] = undefined
      this.#refill(place, performance.now() - began)
    }
    void watchdog.gone.then(leave)
  }

  /** At once, unless it is in vain all the time. */
  #refill(place: number, livedMs: number): void {
    if (this.#closed) return
    const before = this.#pauses[place] ?? FIRST_PAUSE_MS
    const pause = livedMs >= SETTLED_MS ? 0 : before
    this.#pauses[place] = livedMs >= SETTLED_MS ? FIRST_PAUSE_MS : Math.min(2 * before, MAX_PAUSE_MS)
    setTimeout(() => this.#fill(place), pause).unref()
  }

  /** Each knows the other. */
  #introduce(): void {
    const [first, second] = this.#watchdogs
    if (first?.pid !== undefined) second?.tell(`first ${first.pid}`)
    if (second?.pid !== undefined) first?.tell(`second ${second.pid}`)
  }

  #check(): void {
    for (const watchdog of this.#watchdogs) watchdog?.check()
  }

  #tell(line: string): void {
    for (const watchdog of this.#watchdogs) watchdog?.tell(line)
  }
}

/** One that has nothing to watch. */
async function letGo(watchdog: Watchdog): Promise<void> {
  watchdog.tell('now')
  watchdog.end()
  if (!(await settlesWithin(watchdog.gone, LET_GO_MS))) watchdog.kill()
}

function adding(group: number, facts: Group): string {
  const ms = facts.graceMs()
  const ask = ticks(askAfter(ms))
  // However short it is, whoever can end well is asked first.
  const added = `add ${group} ${ask} ${Math.max(ticks(ms), ask + 1)}`
  const strays = facts.strays.map((one) => straying(group, one))
  return [added, ...(facts.asked ? [asked(group)] : []), ...strays].join('\n')
}

function straying(group: number, { pid, startTime }: Relative): string {
  return `stray ${group} ${pid} ${startTime}`
}

function asked(group: number): string {
  return `asked ${group}`
}

function ticks(ms: number): number {
  return Math.ceil((ms * TICKS) / 1000)
}
