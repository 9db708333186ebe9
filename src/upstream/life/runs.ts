/**
 * The processes of one child: the one that works, the one that is being made ready, and those that have another in their
 * place and still end their calls. Of what has ended, whatever the host may still come back for is kept.
 */
import type { Resumed } from '../messages/caller.ts'
import type { ServerRun } from './run.ts'

/** So many may end their calls at once; then the one that works goes on until one of them is gone. */
const MAX_LEAVING = 4

export class Runs {
  present: ServerRun | undefined
  /** It is launched, and not ready yet. */
  next: ServerRun | undefined
  /** It ends its calls before another one is started in its place, and may be launched once more. */
  #first: ServerRun | undefined
  readonly #leaving = new Map<ServerRun, Promise<void>>()
  readonly #past = new Set<ServerRun>()

  /** All that are alive. */
  get all(): readonly ServerRun[] {
    return [this.next, this.present, this.#first, ...this.#leaving.keys()].flatMap((run) => run ?? [])
  }

  /** That which has asked what comes back answered: only its process has the request, or what it remembers of it. */
  asker(resumed: Resumed): ServerRun | undefined {
    const one = [...this.all, ...this.#past].find(({ exchange }) => exchange.hasAsked(resumed))
    return one?.gone === true && resumed.from.kind === 'state' ? undefined : one
  }

  /** Calls it had may end within so long, then it is ended. */
  leave(run: ServerRun, why: string, drainMs: number): void {
    this.#keep(
      run,
      run.drain(why, drainMs).then(() => run.end(why)),
    )
  }

  /** Nobody uses it, so it is ended now. Resolves when its process is, and all that it started. */
  async putToSleep(run: ServerRun, why: string): Promise<void> {
    this.present = undefined
    const quit = run.quit(why)
    this.#keep(
      run,
      quit.then(() => run.end()),
    )
    await quit
  }

  works(run: ServerRun): void {
    this.present = run
    this.next = undefined
  }

  /** It works no more, so that another can; undefined when it is to be launched as it was. */
  swap(run: ServerRun | undefined): void {
    this.#first = run
    if (run !== undefined) this.present = undefined
  }

  /** It is gone; ends what is left of it. Resolves when its process and all that it started are. */
  async bury(run: ServerRun): Promise<void> {
    if (this.#first === run) this.#first = undefined
    const quit = run.quit()
    this.#keep(
      run,
      quit.then(() => run.end()),
    )
    await quit
  }

  #keep(run: ServerRun, ended: Promise<void>): void {
    this.#leaving.set(run, ended)
    void this.#forget(run, ended)
  }

  async #forget(run: ServerRun, ended: Promise<void>): Promise<void> {
    await ended
    this.#leaving.delete(run)
    this.#past.add(run)
    await run.exchange.whenIdle()
    this.#past.delete(run)
  }

  /** Resolves when another one may leave. */
  async room(): Promise<void> {
    while (this.#leaving.size >= MAX_LEAVING) await Promise.race(this.#leaving.values())
  }

  /** Resolves when those that end their calls are gone. */
  async left(): Promise<void> {
    await Promise.all(this.#leaving.values())
  }

  /** Ends everything; resolves when nothing is left. */
  async end(why: string): Promise<void> {
    const ended = this.all.map((run) => run.end(why))
    await Promise.all([...ended, ...this.#leaving.values()])
    for (const run of [...this.all, ...this.#past]) run.exchange.close()
  }
}
