/**
 * What a replacement begins with: the next launch, with fresh secrets and leases, made ready while the present child
 * still works. If it can't be had, the child goes on as it is, and it is tried again until the child is gone. And what it
 * ends with: what a launch held of secret stores is given back, while the next child is started already.
 */
import { SidemuxError } from '../errors.ts'
import type { Link } from './link.ts'
import type { ChildSpec, Prepared } from './start.ts'
import type { RunHold } from './transport.ts'
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

/** What one process of a child leaves to the next. */
export class Handover {
  #next: Prepared | undefined
  readonly #releases = new Set<Promise<void>>()

  /** True when there is a next launch, and the present one is to end for it. */
  async prepare(...[spec, present, stop, warn]: Parameters<typeof nextLaunch>): Promise<boolean> {
    this.#next = await nextLaunch(spec, present, stop, warn)
    return this.#next !== undefined
  }

  /** The spec, with the launch that is ready already in the place of the first new one. */
  specOfNext(spec: ChildSpec): ChildSpec {
    const next = this.#next
    this.#next = undefined
    return next === undefined ? spec : { ...spec, launch: () => Promise.resolve(next) }
  }

  release(hold: RunHold | undefined): void {
    if (hold === undefined) return
    const released = hold.release().finally(() => this.#releases.delete(released))
    this.#releases.add(released)
  }

  /** Resolves when nothing is held any more. */
  async end(): Promise<void> {
    this.release(this.#next?.hold)
    await Promise.all(this.#releases)
  }
}
