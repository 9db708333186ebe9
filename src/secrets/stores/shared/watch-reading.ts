/**
 * Watching where nothing is cheaper than reading: the references are resolved again and again, and what they come to
 * is compared. One that can't be read is no change; when none can, the next look comes later.
 */
import { StoreError, type Store, type StoreReference } from '../../store.ts'
import { Fingerprint } from './fingerprint.ts'
import { poll } from './poll.ts'

/** Programs take turns, and each has a deadline of its own. */
const DEADLINE_MS = 60_000

/** For a store whose every look runs a program or may ask its user: nobody looks unless it is said how often. */
export function watchWhenAsked(resolve: Store['resolve'], pollMs: number | undefined): Pick<Store, 'watch'> {
  if (pollMs === undefined) return {}
  return { watch: (references, onChange) => watchByReading(resolve, references, onChange, pollMs) }
}

function watchByReading(
  resolve: Store['resolve'],
  references: readonly StoreReference[],
  onChange: () => void,
  intervalMs: number,
): () => void {
  const fingerprint = new Fingerprint()
  const look = async (signal: AbortSignal): Promise<string> => {
    const answers = await resolve(references, { serverId: '', signal })
    const failed = answers.flatMap((answer) => (answer.ok ? [] : [answer.error]))
    if (failed.length === answers.length)
      throw failed[0] ?? new StoreError('unavailable', 'nothing is watched')
    return fingerprint.of(answers)
  }
  return poll({ look, onChange, intervalMs, deadlineMs: DEADLINE_MS }).stop
}
