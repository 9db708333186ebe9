/**
 * What a replacement begins with: the next launch, with fresh secrets and leases, made ready while the present child
 * still works. If it can't be had, the child goes on as it is, and it is tried again until the child is gone.
 */
import { SidemuxError } from '../errors.ts'
import type { Link } from './link.ts'
import type { ChildSpec, Prepared } from './start.ts'
import { pause } from './wait.ts'

const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 30_000

/** Undefined when the present child went down, or all is stopped, before there was one. */
export async function nextLaunch(
  spec: ChildSpec,
  present: Pick<Link, 'gone' | 'whenGone'>,
  stop: AbortSignal,
  warn: (text: string) => void,
): Promise<Prepared | undefined> {
  for (let tries = 0; !present.gone && !stop.aborted; tries++) {
    try {
      return await spec.launch(stop)
    } catch (error) {
      const reason = error instanceof SidemuxError ? error.message : 'unknown error'
      warn(`"${spec.id}" can't be replaced yet: ${reason}`)
      const wait = Math.min(FIRST_PAUSE_MS * 2 ** tries, LONGEST_PAUSE_MS)
      await Promise.race([present.whenGone, pause(wait, stop)])
    }
  }
  return undefined
}
