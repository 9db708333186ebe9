/** A store that sidemux can also put a value into, for `secrets migrate`. */
import type { Store } from '../store.ts'

export interface WritableStore extends Store {
  /** Replaces what is there. @throws StoreError */
  put(path: string, value: string, signal: AbortSignal): Promise<void>
}

export function isWritable(store: Store): store is WritableStore {
  return 'put' in store && typeof store.put === 'function'
}
