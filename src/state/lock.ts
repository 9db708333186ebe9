/**
 * The one lock of what lies in the state directory: while `act` runs, no other process on this directory is in an `act`
 * of the same file or directory. Its holder is known by process, start, boot and namespace (holder.ts), so one that was killed costs
 * nobody a wait. One that can't be judged, or that was suspended, has lost its turn after `staleMs` without a sign of
 * life, by a clock that nobody sets; if it goes on all the same, its write fails and it begins anew on what there is by
 * then (claim.ts).
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

export type HeldLock = Pick<Claim, 'check' | 'create' | 'replace'>

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
  const turn = new Turn(file, bounds, true)
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
  const turn = new Turn(file, bounds, false)
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

/** The holder as it was found by this process. */
interface Seen {
  readonly last: Last
  /** When it was first seen with this sign of life, by a clock that nobody sets. */
  readonly since: number
  /** It looked dead then. */
  readonly isOld: boolean
}

/** One process's waiting for its turn. */
class Turn {
  readonly #file: string
  readonly #staleMs: number
  readonly #renews: boolean
  /** By a clock that nobody sets, and that stands still with the machine. */
  readonly #end: number
  #losses = 0
  #seen: Seen | undefined

  /** @param renews whether holders of this kind of lock give signs of life while they work */
  constructor(file: string, { waitMs, staleMs }: LockBounds, renews: boolean) {
    this.#file = file
    this.#renews = renews
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
    if (last.holder === undefined) return true
    const is = standing(last.holder)
    if (is === 'gone') return true
    const seen = this.#seen
    if (seen !== undefined && isSameSign(seen.last, last)) return this.#wasSilent(seen)
    const isNew = seen?.last.number !== last.number
    const isOld = isNew && is !== 'alive' && this.#looksDead(last)
    // Holders of this kind give no signs of life, so nothing more would be learned by waiting for one.
    if (isOld && !this.#renews) return true
    this.#seen = { last, since: performance.now(), isOld }
    return false
  }

  /** No sign of life came for long enough since it was first seen here, by a clock that nobody sets. */
  #wasSilent({ since, isOld }: Seen): boolean {
    // Of one that looked dead at first the next sign of life would have come by half that time.
    const enoughMs = isOld ? this.#staleMs / 2 : this.#staleMs
    return performance.now() - since > enoughMs
  }

  /**
   * Its last sign of life is old by the clock of the disk. That clock may have been set since, as after a sleep of the
   * machine, so a holder that can give another sign is waited for all the same.
   */
  #looksDead({ changedMs }: Last): boolean {
    return clockOf(this.#file) - changedMs > this.#staleMs
  }
}

/** Neither another holder nor a newer sign of life of the same one. */
function isSameSign(one: Last, other: Last): boolean {
  return one.number === other.number && one.changedMs === other.changedMs
}

function nameOf({ holder }: Last): string {
  if (holder === undefined) return 'another process'
  return standing(holder) === 'elsewhere' ? 'a process elsewhere' : `process ${holder.pid}`
}
