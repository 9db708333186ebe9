/**
 * Waits until what a server couldn't be started with may be other than it was: a secret that there was not, a file that
 * could not be read, a value that it refused. It is what rotation watches, where nothing works that could be compared, so
 * the stores alone say it: by a change, or by a look that comes to something after one that didn't.
 */
import type { Resolver, ResolveRequest } from './resolve.ts'

/** Resolves then, or when `signal` fires; where no store of it can be watched, only by the signal. */
export async function whenMended(
  resolver: Pick<Resolver, 'watch'>,
  serverId: string,
  requests: readonly ResolveRequest[],
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) return
  let unwatch: (() => void) | undefined
  await new Promise<void>((resolve) => {
    const troubled = new Set<string>()
    signal.addEventListener('abort', () => resolve(), { once: true })
    unwatch = resolver.watch(serverId, requests, resolve, (store, trouble) => {
      if (trouble !== undefined) troubled.add(store)
      else if (troubled.has(store)) resolve()
    })
  })
  unwatch?.()
}
