/**
 * Waits until the reason for which a server couldn't start may be gone: a missing secret, a file that could not be
 * read, a value that the server refused. rotation.ts compares with the values of a running server; here there are
 * none, so only the stores can tell, by a change or by a look that succeeds after one that failed.
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
