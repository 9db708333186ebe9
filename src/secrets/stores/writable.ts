/** A store that sidemux can also put a value into, for `secrets migrate`. */
import type { Store } from '../store.ts'

export interface WritableStore extends Store {
  /** Replaces what is there. @throws StoreError */
  put(path: string, value: string, signal: AbortSignal): Promise<void>
  /** A name such as `github/TOKEN` as this store can have it; left out where it can have any. */
  nameFor?(name: string): string
}

export function isWritable(store: Store): store is WritableStore {
  return 'put' in store && typeof store.put === 'function'
}
