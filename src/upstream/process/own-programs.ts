/**
 * Programs that a server has started since it was ready: a browser, a shell, a job. What such a server has in memory is
 * at work for somebody, also while nobody calls it. Known on Linux only, from /proc; elsewhere there are none.
 */
import { descendants, lives } from './ending/relatives.ts'

export class OwnPrograms {
  readonly #pid: number
  /** What was there when it was ready: launchers, what confines it, helpers. */
  readonly #before: ReadonlySet<string>

  /** @param pid of a server that is ready, or of what has launched it */
  constructor(pid: number) {
    this.#pid = pid
    this.#before = new Set(descendants(pid).map(keyOf))
  }

  get areAtWork(): boolean {
    return descendants(this.#pid).some((one) => !this.#before.has(keyOf(one)) && lives(one))
  }
}

function keyOf({ pid, startTime }: { readonly pid: number; readonly startTime: string }): string {
  return `${pid} ${startTime}`
}
