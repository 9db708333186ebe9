/**
 * Before anything is written: calls that get no further than a look, because nothing of that name is offered, its limit
 * is used up or its server is down, are so cheap to make that a loop of them would fill the disk with records. So many a
 * minute walk the corridor and are written down as every other; those beyond are answered here, and of them the number
 * is written.
 */
import type { Entry } from '../../catalog/offers/select.ts'
import { Bucket } from '../../policy/bucket.ts'
import type { Call, Ended, Stage } from '../call.ts'
import { copyOf } from '../copy.ts'

export interface TurnAwayDeps {
  look(call: Call): Sight
  /** Milliseconds; must not run backwards. */
  now(): number
  readonly refusals: Refusals
}

/** A call at sight, before anything is asked or written. */
export interface Sight {
  /** The corridor would refuse it at once, by its name, by how many there were or by how its server is. */
  readonly isRefused: boolean
  /** What its name stands for, where that is known. */
  readonly entry?: Entry | undefined
}

export interface RefusalsDeps {
  append(type: 'call', facts: Record<string, unknown>): Promise<void>
  warn(message: string): void
}

const RATE = '120/minute'
const TOLD_AFTER_MS = 1000

/** Corridors that share it count as one. */
export class Refusals {
  readonly bucket = new Bucket(RATE)
  readonly #deps: RefusalsDeps
  /** Answered here and not written yet. */
  #untold = 0
  #timer: NodeJS.Timeout | undefined

  constructor(deps: RefusalsDeps) {
    this.#deps = deps
  }

  add(): void {
    this.#untold += 1
    this.#timer ??= setTimeout(() => void this.tell(), TOLD_AFTER_MS).unref()
  }

  /** Writes down how many there were since; at the end too, or nobody would know of the last. Never rejects. */
  async tell(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const calls = this.#untold
    if (calls === 0) return
    this.#untold = 0
    const reason = `calls that are refused at sight are limited to ${RATE}`
    try {
      await this.#deps.append('call', { phase: 'outcome', outcome: 'blocked', by: 'limit', reason, calls })
    } catch {
      this.#deps.warn(`${calls} calls that were refused could not be written to the audit log`)
    }
  }
}

function withEntry(call: Call, entry: Entry): Call {
  const copy = copyOf(call)
  copy.entry = entry
  return copy
}

export function turnAway({ refusals, ...deps }: TurnAwayDeps): Stage {
  return (call, next): Ended => {
    const { isRefused, entry } = deps.look(call)
    const seen = entry === undefined ? call : withEntry(call, entry)
    if (!isRefused) return next(seen)
    const taken = refusals.bucket.take(deps.now())
    if (taken.ok) return next(seen)
    refusals.add()
    return {
      kind: 'blocked',
      by: 'limit',
      reason: `too many calls were refused: ${RATE} are let through to be looked at`,
      hint: `list what is offered, and try again in ${Math.ceil(taken.retryAfterMs / 1000)} s`,
    }
  }
}
