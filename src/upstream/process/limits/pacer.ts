/**
 * Keeps one server from using more processors than it may: it is paused (SIGSTOP) when it has used more than its share,
 * and goes on when that is made up for. What it doesn't use it may catch up on for a second.
 */
import { signalTo } from '../ending/relatives.ts'
import { processorSeconds, treeOf } from './usage.ts'

/** What is asked of a tree, and done to it. */
export interface PacedTree {
  /** Of processor time, so far. */
  seconds(): number
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void
}

const CATCH_UP_S = 1

export class Pacer {
  readonly #tree: PacedTree
  #at: number | undefined
  #used = 0
  /** Seconds of processor time that it may use now; less than none is made up for by a pause. */
  #left = 0
  #isPaused = false

  /** @param isConfined its leader is what confines it, and is never paused */
  constructor(pid: number, isConfined: boolean, tree: PacedTree = realTree(pid, isConfined)) {
    this.#tree = tree
  }

  /** @param now milliseconds of a clock that only goes on @param processors undefined: as many as there are */
  tick(now: number, processors: number | undefined): void {
    if (processors === undefined) {
      this.#at = undefined
      return this.stop()
    }
    const used = this.#tree.seconds()
    if (this.#at !== undefined) {
      // Those that have ended take what they used with them.
      const spent = Math.max(0, used - this.#used)
      const earned = ((now - this.#at) / 1000) * processors
      this.#left = Math.min(this.#left + earned - spent, processors * CATCH_UP_S)
    }
    this.#at = now
    this.#used = used
    if (this.#left >= 0) return this.stop()
    // Each time, for what was made since.
    this.#isPaused = true
    this.#tree.signal('SIGSTOP')
  }

  /** It is paused no more. */
  stop(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#tree.signal('SIGCONT')
  }
}

function realTree(pid: number, isConfined: boolean): PacedTree {
  return {
    seconds: () => processorSeconds(pid),
    signal: (signal) => {
      for (const one of treeOf(pid, Infinity).slice(isConfined ? 1 : 0)) signalTo(one, signal)
    },
  }
}
