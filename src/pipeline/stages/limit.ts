/** Rate limits: one bucket a server, whatever is asked of it, and one for each tool that a `tools.rateLimit` glob names. */
import { Bucket } from '../../policy/bucket.ts'
import { matchGlob } from '../../policy/glob.ts'
import type { Stage } from '../call.ts'
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

export function limit(deps: LimitDeps): Stage {
  const { buckets = new Map<string, Bucket>() } = deps
  const bucket = (of: string, rate: string): Bucket => {
    const key = `${of}\0${rate}`
    const existing = buckets.get(key) ?? new Bucket(rate)
    buckets.set(key, existing)
    return existing
  }
  return async (call, next) => {
    const { kind, server, name } = targetOf(call)
    const limits = deps.limits(server)
    const applying = [
      { what: server, rate: limits.server, bucket: bucket(server, limits.server) },
      ...Object.entries(limits.tools)
        .filter(([pattern]) => kind === 'tool' && matchGlob(pattern, name))
        .map(([pattern, rate]) => ({
          what: `${server}/${name}`,
          rate,
          bucket: bucket(`${server}\0${pattern}\0${name}`, rate),
        })),
    ]
    for (const { what, rate, bucket: tokens } of applying) {
      const taken = tokens.take(deps.now())
      if (taken.ok) continue
      return {
        kind: 'blocked',
        by: 'limit',
        reason: `${what} is limited to ${rate}`,
        hint: `try again in ${Math.ceil(taken.retryAfterMs / 1000)} s`,
      }
    }
    return next(call)
  }
}
