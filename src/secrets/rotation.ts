/**
 * Says when what a server was launched with is no longer what its references resolve to. A store only says that
 * something may have changed; resolving again and comparing decides, so that a touched file or another server's
 * secret in the same folder restarts nobody. What can't be resolved now is no change: the value that works stays, and
 * as the store says it once, there are a few more looks. Not many, because a look may ask somebody to unlock.
 * A store watches from now on, and the launch was before; so there is one look soon after the beginning.
 */
import { createHmac, randomBytes } from 'node:crypto'
import type { LeaseContext } from './lease-answer.ts'
import type { ResolvedField, Resolver, ResolveRequest } from './resolve.ts'
import type { StoreErrorCode } from './store.ts'

/** Events come in bursts; one look is enough for one. */
const SETTLE_MS = 50
const FIRST_LOOK_MS = 300
const MORE_LOOKS_MS = [5000, 30_000, 120_000, 600_000]
const PASSING: ReadonlySet<StoreErrorCode> = new Set(['unavailable', 'timeout', 'rate_limited'] as const)

export interface RotationWatch {
  readonly resolver: Pick<Resolver, 'resolve' | 'watch'>
  readonly serverId: string
  readonly requests: readonly ResolveRequest[]
  readonly leases: LeaseContext
  /** As the server was launched with them. */
  readonly fields: ReadonlyMap<string, ResolvedField>
  /** The fields that have changed, e.g. `env.GITHUB_TOKEN`. */
  onChange(fields: readonly string[]): void
}

export function watchRotation(options: RotationWatch): () => void {
  const key = randomBytes(32)
  const print = ({ value }: ResolvedField): string => createHmac('sha256', key).update(value).digest('hex')
  // Fingerprints, so that watching keeps no value.
  const before = new Map([...options.fields].map(([name, field]) => [name, print(field)]))
  const stopped = new AbortController()
  let settling: NodeJS.Timeout | undefined

  async function compare(failures: number): Promise<void> {
    const { resolver, serverId, requests, leases } = options
    const { fields, problems } = await resolver.resolve(serverId, requests, stopped.signal, leases)
    if (stopped.signal.aborted) return
    const changed = [...fields].filter(([name, field]) => before.get(name) !== print(field))
    if (changed.length > 0) options.onChange(changed.map(([name]) => name))
    else if (settling === undefined && problems.some(({ code }) => PASSING.has(code))) {
      const ms = MORE_LOOKS_MS[failures]
      if (ms !== undefined) look(ms, failures + 1)
    }
  }

  const look = (ms: number, failures = 0): void => {
    clearTimeout(settling)
    settling = setTimeout(() => {
      settling = undefined
      void compare(failures)
    }, ms).unref()
  }
  const unwatch = options.resolver.watch(options.serverId, options.requests, () => look(SETTLE_MS))
  if (unwatch === undefined) return () => {}
  // That nothing can be said now is no reason to ask again, as long as no store says that something changed.
  look(FIRST_LOOK_MS, MORE_LOOKS_MS.length)
  return () => {
    clearTimeout(settling)
    stopped.abort()
    unwatch()
  }
}
