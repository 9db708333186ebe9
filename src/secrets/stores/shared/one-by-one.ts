/**
 * For back ends that answer one secret a request: equal paths cost one, also when servers that start together ask for
 * them, eight go at a time, and one that fails spoils no other. Watching reads each path again by itself, once for all
 * servers that use it.
 */
import { asStoreError, type Store, type StoreAnswer, type StoreReference } from '../../store.ts'
import { SingleFlight } from '../../single-flight.ts'
import { Fingerprint } from './fingerprint.ts'
import type { Settings } from '../settings.ts'
import { SharedWatch } from './shared-watch.ts'
import { takeTurns } from './take-turns.ts'

const AT_A_TIME = 8

/** What most of them answer. */
export interface FoundInStore {
  readonly value: string
  readonly version: string
}

export interface OneByOne<T> {
  /** @throws StoreError */
  readonly read: (path: string, signal: AbortSignal) => Promise<T>
  readonly pick: (found: T, reference: StoreReference) => StoreAnswer
  /** What went wrong, where it is told by nothing else. */
  readonly otherwise: string
  readonly settings: Settings
}

export interface StoreReading extends Required<Pick<Store, 'resolve' | 'watch'>> {
  /** Ends what is under way. */
  stop(reason: Error): void
}

export function oneByOne<T extends object>({ read, pick, otherwise, settings }: OneByOne<T>): StoreReading {
  const reads = new SingleFlight<T>()
  const takeTurn = takeTurns(AT_A_TIME)
  const watches = new SharedWatch<T>(settings.context.pollMs, settings.wishes)
  const once = (path: string, signal: AbortSignal): Promise<T> =>
    reads.run(path, signal, (signal) => takeTurn(() => read(path, signal)))

  return {
    resolve: (references, { signal }) =>
      Promise.all(
        references.map(async (reference): Promise<StoreAnswer> => {
          try {
            return pick(await once(reference.path, signal), reference)
          } catch (error) {
            return { ok: false, error: asStoreError(error, otherwise) }
          }
        }),
      ),
    watch(references, onChange, onLook) {
      const paths = [...new Set(references.map(({ path }) => path))]
      const wanted = paths.map((path) => {
        const fingerprint = new Fingerprint()
        const used = references.filter((reference) => reference.path === path)
        return {
          key: path,
          ask: (signal: AbortSignal) => once(path, signal),
          print: (found: T) => fingerprint.of(used.map((reference) => pick(found, reference))),
        }
      })
      return watches.watch(wanted, onChange, onLook)
    },
    stop: (reason) => reads.close(reason),
  }
}
