/**
 * Watching where nothing is cheaper than reading: the references are resolved again and again, and what they come to
 * is compared. One that can't be read is no change, hides no other, and is told.
 */
import type { Store } from '../../store.ts'
import { Fingerprint } from './fingerprint.ts'
import { WatchLooks } from './looks.ts'
import { poll } from './poll.ts'

/** Programs take turns, and each has a deadline of its own. */
const DEADLINE_MS = 60_000

/** For a store whose every look runs a program or may ask its user: nobody looks unless it is said how often. */
export function watchWhenAsked(resolve: Store['resolve'], pollMs: number | undefined): Pick<Store, 'watch'> {
  if (pollMs === undefined) return {}
  return {
    watch(references, onChange, onLook) {
      const fingerprint = new Fingerprint()
      return poll({
        look: async (signal) => fingerprint.of(await resolve(references, { serverId: '', signal })),
        onChange,
        saw: new WatchLooks(onLook).part(),
        intervalMs: pollMs,
        deadlineMs: DEADLINE_MS,
      }).stop
    },
  }
}
