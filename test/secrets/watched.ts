/** Watches one reference, from the first look on: what changed before it would be no change, however long it takes. */
import type { Store } from '../../src/secrets/store.ts'

export interface Watched {
  /** Changes that were told. */
  readonly changes: () => number
  /** Looks that came to nothing. */
  readonly failures: () => number
  readonly stop: () => void
}

export async function watched(store: Store, path: string): Promise<Watched> {
  const seen = { changes: 0, failures: 0 }
  let stop: (() => void) | undefined
  await new Promise<void>((looked) => {
    stop = store.watch?.(
      [{ path }],
      () => (seen.changes += 1),
      (trouble) => {
        if (trouble !== undefined) seen.failures += 1
        // One of several files may be missing; those that are there are known now.
        looked()
      },
    )
  })
  return { changes: () => seen.changes, failures: () => seen.failures, stop: () => stop?.() }
}
