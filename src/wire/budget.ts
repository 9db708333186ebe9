/**
 * Limits how much of the event loop one server may use. The host and all servers share one loop, and a server that
 * sends as fast as it is read would take all of it. So the work for messages that nobody asked for is counted in ms
 * of the loop, without what other programs took of the processor meanwhile, and reading pauses when it is too much:
 *
 * - A turn ends after 32 messages or 1 ms of work; then everybody else who is ready has one.
 * - A server may use 100 ms in that way, and gets back 50 ms for each second in which it says nothing. Until then the
 *   next turn begins at once.
 * - Beyond that, all such servers together get a tenth of the loop, in turns, however many they are.
 *
 * Nothing is lost: what isn't read stays in the server's pipe, and it is the server that waits. Answers to requests of
 * ours cost nothing, for there are only as many as were asked for. No limit ever ends or switches anything off, so a
 * slow machine makes a noisy server slower and nothing else.
 */
import { setImmediate, setTimeout } from 'node:timers/promises'

export const TURN_MESSAGES = 32
export const TURN_MS = 1
export const SAVED_MS = 100
/** Ms of work that a server gets back in each ms in which nothing of it is read or waits to be. */
const REGAINED = 0.05
/** Of the loop, for all together that have used up theirs. */
export const SHARE = 0.1
/** What a turn may cost at most: more is no server's work, but the machine's. */
const MAX_TURN_MS = 100

type Clock = () => number
const clock: Clock = () => performance.now()
/** Of the processor, by all threads of this process. Windows counts it in steps of 15 ms, too coarse for a turn. */
const worked: Clock = () => {
  if (process.platform === 'win32') return clock()
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** The part of the loop that noisy servers share. */
export class NoisyShare {
  #freeAt = -Infinity

  /** How long to wait, in ms, before the next turn of whoever has just had one of `ms`. */
  wait(ms: number, now: number): number {
    const began = Math.max(now - ms, this.#freeAt)
    this.#freeAt = began + ms / SHARE
    return this.#freeAt - now
  }
}

/** There is one loop, so there is one. */
const noisy = new NoisyShare()

export class Budget {
  readonly #share: NoisyShare
  readonly #now: Clock
  readonly #worked: Clock
  #messages = 0
  #ms = 0
  #saved = SAVED_MS
  /** Of the present turn, by the clock and by the processor. */
  #began: number
  #workedBefore: number
  #isFinishing = false

  /** @param cpu ms of the processor; a test's clock stands for both */
  constructor(share: NoisyShare = noisy, now: Clock = clock, cpu: Clock = now === clock ? worked : now) {
    this.#share = share
    this.#now = now
    this.#worked = cpu
    this.#began = now()
    this.#workedBefore = cpu()
  }

  /** In ms, of a clock that never goes back. */
  get now(): number {
    return this.#now()
  }

  /**
   * Counts a message.
   *
   * @param ms of the loop that it has taken
   * @returns after how many ms the next one may be read; undefined while the turn goes on
   */
  spend(ms: number): number | undefined {
    this.#messages += 1
    this.#ms += ms
    if (this.#messages < TURN_MESSAGES && this.#ms < TURN_MS) return undefined
    const now = this.#now()
    const cpu = this.#worked()
    // On a busy machine a turn is interrupted by other programs, and what they take is not its work.
    const spent = Math.min(this.#ms, cpu - this.#workedBefore, MAX_TURN_MS)
    this.#workedBefore = cpu
    const idle = Math.max(0, now - this.#began - this.#ms)
    this.#messages = 0
    this.#ms = 0
    this.#began = now
    if (this.#isFinishing) return 0
    this.#saved = Math.min(SAVED_MS, this.#saved + idle * REGAINED)
    if (this.#saved < spent) return this.#share.wait(spent, now)
    this.#saved -= spent
    return 0
  }

  /** Everybody else has a turn, and so many ms go by. */
  async rest(ms: number): Promise<void> {
    if (ms < 1) await setImmediate()
    else await setTimeout(ms)
    this.resume()
  }

  /** The wait was no idle time: it had something to say. */
  resume(): void {
    this.#began = this.#now()
    this.#workedBefore = this.#worked()
  }

  /** What is left to read has an end, since its process has; it needs no share of anything. */
  finish(): void {
    this.#isFinishing = true
  }
}
