/**
 * Rate limits: one bucket a server, whatever is asked of it, and one for each tool that a `tools.rateLimit` glob names.
 * What was taken stays taken, however rates and globs are edited.
 */
import type { Target } from '../../catalog/target.ts'
import { Bucket } from '../../policy/bucket.ts'
import { matchGlob } from '../../policy/glob.ts'
import type { Outcome, Stage } from '../call.ts'
import { targetOf } from '../compose.ts'

export interface ServerLimits {
  readonly server: string
  readonly tools: Readonly<Record<string, string>>
}

export interface LimitDeps {
  limits(server: string): ServerLimits
  /** Milliseconds; must not run backwards. */
  now(): number
  /** What is left of each limit; corridors that share it count as one. */
  readonly buckets?: Map<string, Bucket>
}

/** One that applies to a target. */
interface Limit {
  /** What is limited, as it is told. */
  readonly what: string
  readonly bucket: Bucket
  /** Calls that were let through at sight since then, and have taken nothing yet. */
  ahead: number
  since: number
}

/** Calls that were let through at sight are counted anew so often: each takes its share in the same turn, or ends otherwise. */
const AHEAD_MS = 100

/** The limits of one config. */
export class Limits {
  readonly #deps: LimitDeps
  readonly #buckets: Map<string, Bucket>
  /** By server and tool; of anything but a tool under the empty name. */
  readonly #of = new Map<string, Map<string, readonly Limit[]>>()
  readonly #known = new Map<Bucket, Limit>()

  constructor(deps: LimitDeps) {
    this.#deps = deps
    this.#buckets = deps.buckets ?? new Map<string, Bucket>()
  }

  /**
   * Whether a call of it would be over a limit. Takes nothing; but of calls that come at once no more are let through than
   * can be taken.
   */
  isOver(target: Target): boolean {
    const now = this.#deps.now()
    const limits = this.#for(target, now)
    for (const limit of limits) {
      if (now - limit.since > AHEAD_MS) {
        limit.ahead = 0
        limit.since = now
      }
      if (!limit.bucket.look(now, limit.ahead).ok) return true
    }
    for (const limit of limits) limit.ahead += 1
    return false
  }

  /** How a call ends that is over a limit; undefined for any other, which is counted then. */
  take(target: Target): Outcome | undefined {
    const now = this.#deps.now()
    for (const limit of this.#for(target, now)) {
      const { bucket, what } = limit
      if (limit.ahead > 0) limit.ahead -= 1
      const taken = bucket.take(now)
      if (taken.ok) continue
      return {
        kind: 'blocked',
        by: 'limit',
        reason: `${what} is limited to ${bucket.rate}`,
        hint: `try again in ${Math.ceil(taken.retryAfterMs / 1000)} s`,
      }
    }
    return undefined
  }

  #for({ kind, server, name }: Target, now: number): readonly Limit[] {
    const tool = kind === 'tool' ? name : ''
    const known = this.#of.get(server)?.get(tool)
    if (known !== undefined) return known
    const { server: ofServer, tools } = this.#deps.limits(server)
    const rates = Object.entries(kind === 'tool' ? tools : {})
      .filter(([pattern]) => matchGlob(pattern, name))
      .map(([, rate]) => rate)
    const limits = [
      ...this.#limits(server, `server\0${server}\0`, [ofServer], now),
      ...this.#limits(`${server}/${name}`, `tool\0${server}\0${name}\0`, rates, now),
    ]
    const ofTools = this.#of.get(server) ?? new Map<string, readonly Limit[]>()
    this.#of.set(server, ofTools.set(tool, limits))
    return limits
  }

  #limits(what: string, of: string, rates: readonly string[], now: number): readonly Limit[] {
    return bucketsOf(of, rates, this.#buckets, now).map((bucket) => {
      const limit = this.#known.get(bucket) ?? { what, bucket, ahead: 0, since: -Infinity }
      this.#known.set(bucket, limit)
      return limit
    })
  }
}

export function limit(limits: Limits): Stage {
  return (call, next) => limits.take(targetOf(call)) ?? next(call)
}

/**
 * One for each rate, under whichever glob it stands. A rate that is new begins with as many calls taken as the one of
 * those before from which the most are.
 */
function bucketsOf(
  of: string,
  rates: readonly string[],
  buckets: Map<string, Bucket>,
  now: number,
): readonly Bucket[] {
  const wanted = [...new Set(rates)]
  if (wanted.some((rate) => !buckets.has(of + rate))) {
    const before = [...buckets].filter(([key]) => key.startsWith(of))
    const most = before.map(([, bucket]) => bucket).toSorted((a, b) => b.taken(now) - a.taken(now))[0]
    for (const rate of wanted)
      if (!buckets.has(of + rate)) buckets.set(of + rate, most?.withRate(rate, now) ?? new Bucket(rate))
    for (const [key, { rate }] of before) if (!wanted.includes(rate)) buckets.delete(key)
  }
  return wanted.flatMap((rate) => buckets.get(of + rate) ?? [])
}
