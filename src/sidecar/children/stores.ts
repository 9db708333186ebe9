/**
 * The stores that are open. When the config names others, those that are new or have other settings are opened before
 * anything is changed, and what they take the place of is closed after; the rest stay logged in.
 */
import type { Config } from '../../config/config.ts'
import type { Store } from '../../secrets/store.ts'
import { openStores } from '../../secrets/stores/index.ts'
import { storeHash } from '../changes.ts'

/** Stores that wait to be used. */
export interface PreparedStores {
  use(): void
  discard(): Promise<void>
}

export class Stores {
  readonly #env: NodeJS.ProcessEnv
  readonly #open = new Map<string, Store>()
  #hashes: ReadonlyMap<string, string | undefined> = new Map()

  constructor(env: NodeJS.ProcessEnv) {
    this.#env = env
  }

  /** As they are at any time. */
  get open(): ReadonlyMap<string, Store> {
    return this.#open
  }

  /** Never rejects: a store that can't be opened says why to whoever needs it. */
  async prepare(config: Config): Promise<PreparedStores> {
    const names = [...config.stores.keys()]
    const hashes = new Map(names.map((name) => [name, storeHash(name, config)]))
    const isKept = (name: string): boolean => hashes.has(name) && hashes.get(name) === this.#hashes.get(name)
    const opened = await openStores(new Map([...config.stores].filter(([name]) => !isKept(name))), {
      environment: config.environment,
      baseDir: config.dir,
      env: this.#env,
    })
    return {
      use: () => {
        const left = [...this.#open].filter(([name]) => !isKept(name))
        for (const [name] of left) this.#open.delete(name)
        for (const [name, store] of opened) this.#open.set(name, store)
        this.#hashes = hashes
        void closeAll(left.map(([, store]) => store))
      },
      discard: () => closeAll([...opened.values()]),
    }
  }
}

async function closeAll(stores: readonly Store[]): Promise<void> {
  await Promise.allSettled(stores.map(async (store) => store.close()))
}
