/**
 * Time that counts only while this process runs. A machine that sleeps, a VM that is paused, SIGSTOP: when it goes on,
 * all timers are due at once, and whatever waited for an answer would give up before it has read it. Here such a gap is
 * left out, so everybody has the time that he had left.
 *
 * A gap shows as a beat that comes much too late. A process that is only busy for so long gets that time as well.
 *
 * | what is measured | by | why |
 * |---|---|---|
 * | a call's silence and its total, a start of a server | awake | the server stood still too |
 * | a call's wait for a human's answer | awake | nobody could answer meanwhile |
 * | calls that hold up a replaced process (`drain`), `stopGrace` | awake | they had no time to end |
 * | a long line that is read elsewhere | awake | its reader stood still too |
 * | how long a question, a yes, a grant and a parked request live | wall | a yes is for now; somebody else may sit there after the sleep |
 * | leases, tokens, logins, rate limits | wall | they are counted elsewhere by the clock, or only grow with time |
 * | the probe of the era, a page of a list, a connection, a store's answer | wall | it is tried again |
 * | the first list (`listWait`), pauses before another try, looks at stores | wall | late is worse than early |
 * | the end of sidemux as a whole | wall | whoever ends it waits by the clock, and the watchdogs go on |
 */

const BEAT_MS = 250
/** How late a beat is that says that the process stood still. */
const LATE_MS = 750
/** Node runs a timer beyond this at once. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** Counts by the moments at which it is asked; pure. */
export class AwakeClock {
  readonly #monotonic: () => number
  #last: number
  #lost = 0

  /** @param monotonic in milliseconds */
  constructor(monotonic: () => number) {
    this.#monotonic = monotonic
    this.#last = monotonic()
  }

  /** Milliseconds. Right when it was asked, or looked at, at least every BEAT_MS before. */
  now(): number {
    const now = this.#monotonic()
    const since = now - this.#last
    if (since > BEAT_MS + LATE_MS) this.#lost += since - BEAT_MS
    this.#last = now
    return now - this.#lost
  }

  /** It wasn't looked at for some time, which is no gap. */
  resume(): void {
    this.#last = this.#monotonic()
  }
}

const clock = new AwakeClock(() => performance.now())
let beat: NodeJS.Timeout | undefined
let waiting = 0

/** Milliseconds of this process's life in which it ran, for differences. */
export function awakeNow(): number {
  return clock.now()
}

export interface AwakeTimer {
  clear(): void
}

/** By the timers of now. */
function startBeat(): void {
  clock.resume()
  beat = setInterval(() => void clock.now(), BEAT_MS).unref()
}

/** For tests that put other timers in the place of Node's: without a beat that goes by them, each wait would be a gap. */
export function restartBeat(): void {
  if (waiting === 0) return
  clearInterval(beat)
  startBeat()
}

/** Calls back when so many milliseconds have passed in which this process ran. */
export function awakeTimeout(callback: () => void, ms: number): AwakeTimer {
  if (waiting++ === 0) startBeat()
  const due = clock.now() + ms
  let timer: NodeJS.Timeout | undefined
  const clear = (): void => {
    if (timer === undefined) return
    clearTimeout(timer)
    timer = undefined
    waiting -= 1
    if (waiting === 0) clearInterval(beat)
  }
  const arm = (): void => {
    timer = setTimeout(look, Math.min(Math.max(0, due - clock.now()), MAX_TIMER_MS))
  }
  // A timer may come a fraction of a millisecond too early.
  const look = (): void => {
    if (due - clock.now() >= 1) return arm()
    clear()
    callback()
  }
  arm()
  return { clear }
}
