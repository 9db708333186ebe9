/**
 * Watches the references of a running server, and says when they have other values than at its launch.
 *
 * - A store only says that something may have changed. So the references are resolved again, and the values compared:
 *   a touched file, or another server's secret in the same folder, restarts nobody.
 * - A value that can't be read now is no change: the server keeps the one that works. But a store says it only once.
 *   So the references are looked at again while the store is out of reach, and when a store that couldn't be watched
 *   can be watched again.
 * - A store that runs a program may ask a person to unlock it. There are only a few more looks there.
 * - The store is watched after the launch. So there is one look soon after the beginning, for changes in between.
 */
import { createHmac, randomBytes } from 'node:crypto'
import type { LeaseContext } from './lease-answer.ts'
import type { ResolvedField, ResolveProblem, Resolver, ResolveRequest } from './resolve.ts'
import type { StoreErrorCode, WatchTrouble } from '../store.ts'
import type { WatchHealth } from './watch-health.ts'

/** Events come in bursts; one look is enough for one. */
const SETTLE_MS = 50
const FIRST_LOOK_MS = 300
const MORE_LOOKS_MS = [5000, 30_000, 120_000, 600_000]
const LONGEST_PAUSE_MS = 60_000
const PASSING: ReadonlySet<StoreErrorCode> = new Set(['unavailable', 'timeout', 'rate_limited'] as const)

export interface RotationWatch {
  readonly resolver: Pick<Resolver, 'resolve' | 'watch'>
  readonly serverId: string
  readonly requests: readonly ResolveRequest[]
  readonly leases: LeaseContext
  /** As the server was launched with them. */
  readonly fields: ReadonlyMap<string, ResolvedField>
  /** Where it is told that a store can't be watched. */
  readonly health: Pick<WatchHealth, 'begin'>
  /** The fields that have changed, e.g. `env.GITHUB_TOKEN`. */
  onChange(fields: readonly string[]): void
  /** Asked first: true where nothing has to be started anew for these. */
  takeUp?(changed: ReadonlyMap<string, ResolvedField>): boolean
}

export function watchRotation(options: RotationWatch): () => void {
  const key = randomBytes(32)
  const print = ({ value }: ResolvedField): string => createHmac('sha256', key).update(value).digest('hex')
  // Fingerprints, so that watching keeps no value.
  const before = new Map([...options.fields].map(([name, field]) => [name, print(field)]))
  const stopped = new AbortController()
  const troubled = new Set<string>()
  let settling: NodeJS.Timeout | undefined
  /** Whether there may be a change that no look has answered for. */
  let open = true

  async function compare(failures: number): Promise<void> {
    const { resolver, serverId, requests, leases } = options
    const { fields, problems } = await resolver.resolve(serverId, requests, stopped.signal, leases)
    if (stopped.signal.aborted) return
    const changed = new Map([...fields].filter(([name, field]) => before.get(name) !== print(field)))
    const isTaken = changed.size > 0 && options.takeUp?.(changed) === true
    if (isTaken) for (const [name, field] of changed) before.set(name, print(field))
    if (changed.size > 0 && !isTaken) options.onChange([...changed.keys()])
    else if (problems.length === 0) open = false
    else if (settling === undefined) {
      const ms = nextCompare(problems, failures)
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
  const health = options.health.begin(options.serverId)
  const onLook = (store: string, trouble: WatchTrouble | undefined): void => {
    health.saw(store, trouble)
    if (trouble !== undefined) troubled.add(store)
    else if (troubled.delete(store) && open) look(SETTLE_MS)
  }
  const onSign = (): void => {
    open = true
    look(SETTLE_MS)
  }
  const unwatch = options.resolver.watch(options.serverId, options.requests, onSign, onLook)
  if (unwatch === undefined) return () => health.end()
  // That nothing can be said now is no reason to ask again, as long as no store says that something changed.
  look(FIRST_LOOK_MS, Infinity)
  return () => {
    clearTimeout(settling)
    stopped.abort()
    unwatch()
    health.end()
  }
}

/** In how many milliseconds to ask again; undefined when that is for a store to say. */
function nextCompare(problems: readonly ResolveProblem[], failures: number): number | undefined {
  if (failures === Infinity) return undefined
  const wished = Math.max(...problems.map(({ retryAfterMs }) => retryAfterMs ?? 0))
  const pause = MORE_LOOKS_MS[failures]
  if (problems.some(({ retryable }) => retryable))
    return Math.max(wished, Math.min(pause ?? Infinity, LONGEST_PAUSE_MS))
  return pause !== undefined && problems.some(({ code }) => PASSING.has(code))
    ? Math.max(wished, pause)
    : undefined
}
