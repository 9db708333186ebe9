/**
 * The one lock of what lies in the state directory: while `act` runs, no other process on this directory is in an `act`
 * of the same file. Its holder is known by process, start, boot and namespace (holder.ts), so one that was killed costs
 * nobody a wait. One that can't be judged, or that was suspended, has lost its turn after `staleMs` without a sign of
 * life; if it goes on all the same, its write fails and it begins anew on what there is by then (claim.ts).
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Claim, clockOf, lastClaim, LostLock, type Last } from './claim.ts'
import { standing } from './holder.ts'

/** Each one after another process has written, or was suspended itself. */
const MAX_LOSSES = 100

export interface LockBounds {
  /** Longer than `staleMs`, so that nobody fails for a lock that was left behind. */
  readonly waitMs: number
  readonly staleMs: number
}

export type HeldLock = Pick<Claim, 'check' | 'replace'>

/** It was held for too long; the code is that of a system error, EBUSY. */
export class LockBusy extends Error {
  readonly code = 'EBUSY'
  /** Who has it, for an error: "process 123". */
  readonly holder: string

  constructor(holder: string) {
    super('the lock is held')
    this.holder = holder
  }
}

/**
 * @param act May run again when the lock was lost before it wrote, unless it handles LostLock itself.
 * @throws what `act` throws; LockBusy; or a system error.
 */
export async function withLock<T>(
  file: string,
  bounds: LockBounds,
  act: (held: HeldLock) => Promise<T>,
): Promise<T> {
  const turn = new Turn(file, bounds)
  for (;;) {
    const claim = turn.take()
    if (claim === undefined) {
      await sleep(turn.pauseMs())
      continue
    }
    const alive = setInterval(() => claim.refresh(), bounds.staleMs / 4).unref()
    try {
      return await act(claim)
    } catch (error) {
      turn.again(error)
    } finally {
      clearInterval(alive)
      claim.release()
    }
  }
}

/** The same for what takes milliseconds: this thread does nothing else while it waits. */
export function withLockSync<T>(file: string, bounds: LockBounds, act: (held: HeldLock) => T): T {
  const turn = new Turn(file, bounds)
  for (;;) {
    const claim = turn.take()
    if (claim === undefined) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, turn.pauseMs())
      continue
    }
    try {
      return act(claim)
    } catch (error) {
      turn.again(error)
    } finally {
      claim.release()
    }
  }
}

/** One process's waiting for its turn. */
class Turn {
  readonly #file: string
  readonly #staleMs: number
  /** By a clock that nobody sets, and that stands still with the machine. */
  readonly #end: number
  #losses = 0
  #seen: { readonly last: Last; readonly since: number } | undefined

  constructor(file: string, { waitMs, staleMs }: LockBounds) {
    this.#file = file
    this.#staleMs = staleMs
    this.#end = performance.now() + waitMs
  }

  /** Undefined when it is somebody else's. @throws LockBusy; a system error. */
  take(): Claim | undefined {
    const last = lastClaim(this.#file)
    const claim = this.#isFree(last) ? Claim.make(this.#file, last.number + 1) : undefined
    if (claim === undefined && performance.now() > this.#end) throw new LockBusy(nameOf(last))
    return claim
  }

  /** @throws what is no LostLock; LockBusy after many of them. */
  again(error: unknown): void {
    if (!(error instanceof LostLock)) throw error
    this.#losses += 1
    if (this.#losses > MAX_LOSSES) throw new LockBusy('a process elsewhere')
  }

  pauseMs(): number {
    return 2 + Math.random() * 8
  }

  #isFree(last: Last): boolean {
    const { holder, number, changedMs } = last
    if (holder === undefined) return true
    const is = standing(holder)
    if (is === 'gone') return true
    const { last: before, since } = this.#seen ?? {}
    const isNew = before?.number !== number
    if (is !== 'alive' && isNew && clockOf(this.#file) - changedMs > this.#staleMs) return true
    if (before?.number === number && before.changedMs === changedMs)
      return performance.now() - (since ?? Infinity) > this.#staleMs
    this.#seen = { last, since: performance.now() }
    return false
  }
}

function nameOf({ holder }: Last): string {
  if (holder === undefined) return 'another process'
  return standing(holder) === 'elsewhere' ? 'a process elsewhere' : `process ${holder.pid}`
}
