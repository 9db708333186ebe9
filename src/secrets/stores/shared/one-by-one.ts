/**
 * For back ends that answer one secret a request: equal paths cost one, also when servers that start together ask for
 * them, eight of a batch go at a time, and one that fails spoils no other. Watching reads each again by itself, so that one that is gone doesn't hide another's change.
 */
import { asStoreError, type StoreAnswer, type StoreReference } from '../../store.ts'
import { SingleFlight } from '../../single-flight.ts'
import { Fingerprint } from './fingerprint.ts'
import { poll } from './poll.ts'
import { takeTurns } from './take-turns.ts'

const AT_A_TIME = 8

export interface Found {
  readonly value: string
  readonly version: string
}

/** @throws StoreError */
export type Read = (path: string, signal: AbortSignal) => Promise<Found>

/** One request for all who want the same at the same time. */
export function shared(read: Read): Read {
  const reads = new SingleFlight<Found>()
  return (path, signal) => reads.run(path, signal, (signal) => read(path, signal))
}

export function readEach(
  references: readonly StoreReference[],
  signal: AbortSignal,
  read: Read,
  otherwise: string,
  pick: (found: Found, reference: StoreReference) => StoreAnswer,
): Promise<readonly StoreAnswer[]> {
  const takeTurn = takeTurns(AT_A_TIME)
  const once = shared((path, signal) => takeTurn(() => read(path, signal)))
  return Promise.all(
    references.map(async (reference): Promise<StoreAnswer> => {
      try {
        return pick(await once(reference.path, signal), reference)
      } catch (error) {
        return { ok: false, error: asStoreError(error, otherwise) }
      }
    }),
  )
}

export function watchEach(
  references: readonly StoreReference[],
  read: Read,
  onChange: () => void,
  intervalMs: number | undefined,
): () => void {
  const takeTurn = takeTurns(AT_A_TIME)
  const paths = new Set(references.map(({ path }) => path))
  const watches = [...paths].map((path) => {
    const fingerprint = new Fingerprint()
    const look = async (signal: AbortSignal): Promise<string> => {
      const { value } = await takeTurn(() => read(path, signal))
      return fingerprint.of([{ ok: true, value }])
    }
    return poll({ look, onChange, intervalMs })
  })
  return () => {
    for (const watch of watches) watch.stop()
  }
}
