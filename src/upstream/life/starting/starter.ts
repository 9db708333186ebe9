/**
 * Starts the next process of a child, once: with nothing that works meanwhile, beside one that works, or after it. next-step.ts
 * says which; what is known by a start of the next one is counted (tries.ts).
 *
 * Some servers allow no second process. Then the first one is ended when it is idle; after some time new calls are held back until
 * it is. If the second one doesn't get ready, the first is launched again as it was.
 */
import type { Down } from '../../session/diagnosis.ts'
import { EraGuess, type EraMemory } from '../../session/era-guess.ts'
import { ServerRun, type RunDeps } from '../run.ts'
import type { Runs } from '../runs.ts'
import type { Telling } from '../told/telling.ts'
import type { ChildSpec } from './start.ts'
import type { Tries } from './tries.ts'
import type { Wake } from './wake.ts'

/** So long a process that must go before the next one starts is given to become idle by itself. */
const IDLE_WITHIN_MS = 10_000

export const EDITED = 'its entry in servers.yaml has changed'

/** The child whose process it is. */
export interface StarterParts {
  readonly runs: Runs
  readonly tries: Tries
  readonly tell: Telling
  readonly wake: Wake
  readonly eras: EraMemory
  readonly run: Omit<RunDeps, 'onPrepared' | 'launchWithinMs'>
  /** Of now. */
  spec(): ChildSpec
  /** Nothing is started any more. */
  isOver(): boolean
  drainMs(run: ServerRun): number
  /** It got ready. */
  works(run: ServerRun): void
  /** A launch had all that it needs, which another one has waited for. */
  readonly onStoreBack: (store: string) => void
}

export class Starter {
  readonly #parts: StarterParts
  readonly #era: EraGuess

  constructor(parts: StarterParts) {
    this.#parts = parts
    this.#era = new EraGuess(parts.spec().id, parts.eras)
  }

  /** With nothing that works meanwhile. */
  async first(): Promise<void> {
    const parts = this.#parts
    parts.tell.starting()
    const began = Date.now()
    const run = new ServerRun(parts.spec(), this.#runDeps())
    const down = await this.#try(run)
    parts.tries.count(began, down)
    if (down === undefined) parts.works(run)
  }

  async beside(present: ServerRun): Promise<void> {
    const parts = this.#parts
    await Promise.race([parts.runs.room(), present.whenOver])
    if (parts.isOver() || present.over) return
    const run = new ServerRun(parts.spec(), this.#runDeps())
    const down = await this.#try(run)
    if (parts.isOver()) return
    if (down === undefined) {
      parts.works(run)
      parts.runs.leave(present, present.stale ?? EDITED, parts.drainMs(present))
    } else {
      parts.tries.countBeside(down)
      parts.tell.notReplaced(down)
    }
  }

  /** The one that works goes first. */
  async after(present: ServerRun): Promise<void> {
    const parts = this.#parts
    const why = present.stale ?? EDITED
    parts.tell.replacingWhenIdle(why)
    await parts.wake.rest({ ms: IDLE_WITHIN_MS, or: [present.whenOver, present.exchange.whenIdle()] })
    if (parts.isOver() || present.over) return
    // From here on new calls wait.
    parts.runs.swap(present)
    parts.tell.starting()
    await present.drain(why, parts.drainMs(present))
    const run = new ServerRun(parts.spec(), this.#runDeps())
    const down = parts.isOver() ? undefined : await this.#try(run)
    if (parts.isOver()) return
    if (down === undefined) {
      parts.works(run)
      return parts.runs.bury(present)
    }
    parts.tries.countSwap()
    parts.tell.notReplaced(down)
    const before = new ServerRun(present.spec, this.#runDeps(), present.launch)
    before.becomeStale(why)
    parts.runs.swap(undefined)
    if ((await this.#launched(before)) === undefined) parts.works(before)
  }

  /** A start, and what is known by it of the next one. Undefined when it is ready, or all is over. */
  async #try(run: ServerRun): Promise<Down | undefined> {
    const parts = this.#parts
    const began = performance.now()
    const down = await this.#launched(run)
    parts.tries.ended(began)
    if (down === undefined) return undefined
    // One that was called off says nothing of the server.
    if (run.spec === parts.spec() && !parts.isOver()) {
      parts.tries.failed(down)
      parts.tell.notReady(down)
    }
    // It was called off by an edit.
    return run.spec === parts.spec() ? down : { ...down, again: 'now' }
  }

  async #launched(run: ServerRun): Promise<Down | undefined> {
    const parts = this.#parts
    const guess = this.#era.next()
    parts.runs.next = run
    const down = await run.start(guess)
    if (down === undefined) {
      this.#era.proved(run.running.connection.era)
      return undefined
    }
    parts.runs.next = undefined
    // One that was called off says nothing of its era.
    if (parts.isOver() || run.spec !== parts.spec()) return down
    return this.#era.failed(guess, down) ? { ...down, again: 'now' } : down
  }

  #runDeps(): RunDeps {
    const { run, tries, onStoreBack } = this.#parts
    return {
      ...run,
      launchWithinMs: tries.launchWithinMs,
      onPrepared: () => {
        const store = tries.last?.store
        if (store !== undefined) onStoreBack(store)
      },
    }
  }
}
