/**
 * One process of a child, or one connection to a remote server, from its launch until it and all that it held of secret
 * stores are gone. Two of one child may be alive at once: the one that works, and one that is being made ready or that
 * still ends its calls (runs.ts).
 */
import type { HostSide } from './caller.ts'
import type { Connection } from './client.ts'
import type { ServerNews } from './connect.ts'
import type { Guess } from './eraGuess.ts'
import type { ChildLog, RunHooks } from './events.ts'
import { Exchange } from './exchange.ts'
import type { Ended } from './link.ts'
import type { OfferKind } from './offer.ts'
import {
  startChild,
  type ChildSpec,
  type NotRunning,
  type Prepared,
  type Running,
  type StartOptions,
} from './start.ts'
import { settlesWithin } from './wait.ts'

export interface RunDeps extends Pick<StartOptions, 'reaper' | 'readLarge' | 'patience' | 'probeTimeoutMs'> {
  readonly host: HostSide
  readonly log: ChildLog
  newsOf(run: Run): ServerNews
  /** For its secrets. */
  readonly launchWithinMs: number
  /** It has all that it is launched with. */
  onPrepared(): void
}

/** Calls that were cut off. */
export interface Cut {
  /** Ends a sentence that says why it was to end. */
  readonly why: string
  readonly waitedMs: number
}

export class Run {
  readonly spec: ChildSpec
  readonly exchange: Exchange
  /** Lists that it said to have changed while it was made ready. */
  readonly changed = new Set<OfferKind>()
  /** Resolves with why it should be replaced. */
  readonly whenStale: Promise<string>
  /** Resolves when it has got ready and is gone since. */
  readonly whenGone: Promise<void>
  readonly #deps: RunDeps
  readonly #again: Prepared | undefined
  readonly #hooks: RunHooks
  readonly #stop = new AbortController()
  #running: Running | undefined
  #stale: string | undefined
  #cut: Cut | undefined
  #ended: Promise<void> | undefined
  #sayStale: (why: string) => void = () => undefined
  #sayGone: () => void = () => undefined

  /** @param again a launch to make once more, instead of a new one */
  constructor(spec: ChildSpec, deps: RunDeps, again?: Prepared) {
    const { host, log } = deps
    this.#again = again
    this.spec = spec
    this.#deps = deps
    this.#hooks = log.hooks()
    this.exchange = new Exchange({
      ask: (question, signal) => host.onQuestion(spec.id, question, signal),
      parkMs: () => host.parkMs,
    })
    this.whenStale = new Promise((resolve) => {
      this.#sayStale = resolve
    })
    this.whenGone = new Promise((resolve) => {
      this.#sayGone = resolve
    })
  }

  /** Undefined once it is ready; else why it is not, and then nothing of it is left. */
  async start(guess: Guess): Promise<NotRunning | undefined> {
    const { host, reaper, readLarge, patience, probeTimeoutMs } = this.#deps
    const started = await startChild(this.#preparing(), {
      ...guess,
      hooks: { ...this.#hooks, onQuestion: (...asked) => this.exchange.ask(...asked) },
      stop: this.#stop.signal,
      capabilities: host.capabilities(this.spec.id),
      news: this.#deps.newsOf(this),
      reaper,
      ...(readLarge && { readLarge }),
      ...(patience && { patience }),
      ...(probeTimeoutMs !== undefined && { probeTimeoutMs }),
    })
    if (started.kind === 'down') {
      this.#hooks.end()
      return started
    }
    this.#running = started
    void started.transport.whenGone.then(this.#sayGone)
    return undefined
  }

  #preparing(): ChildSpec {
    return {
      ...this.spec,
      launch: async (signal) => {
        const launch = this.#again ?? (await this.spec.launch(signal, this.#deps.launchWithinMs))
        this.#deps.onPrepared()
        return launch
      },
    }
  }

  /** It works from now on. */
  begin(): void {
    const { connection, launch } = this.running
    this.exchange.connected(connection, this.#deps.host.logLevel())
    if (this.#stale === undefined) launch.hold?.begin((why) => this.becomeStale(why))
  }

  /** Only once it is ready. */
  get running(): Running {
    if (this.#running === undefined) throw new Error('not ready')
    return this.#running
  }

  get connection(): Connection | undefined {
    return this.#running?.connection
  }

  /** What it was launched with, to launch the same once more. */
  get launch(): Prepared {
    return this.running.launch
  }

  get gone(): boolean {
    return this.#running?.transport.gone ?? true
  }

  get exit(): Ended | undefined {
    return this.#running?.transport.exit
  }

  get stale(): string | undefined {
    return this.#stale
  }

  get cut(): Cut | undefined {
    return this.#cut
  }

  becomeStale(why: string): void {
    this.#stale ??= why
    this.#sayStale(why)
  }

  /** Its calls under way may end, for at most so long; then its process is ended. What it holds is kept. */
  async drain(why: string, ms: number): Promise<void> {
    const began = performance.now()
    await Promise.race([this.whenGone, settlesWithin(this.exchange.whenIdle(), ms)])
    if (!this.gone && !this.exchange.isIdle) this.#cut = { why, waitedMs: performance.now() - began }
    await this.quit(why)
  }

  /** Ends the process, or its start; whoever waits for an answer is told at once, or when it comes back for it. */
  async quit(why?: string): Promise<void> {
    if (why !== undefined && !this.gone) this.#hooks.ending(why)
    this.#stop.abort()
    await this.#running?.transport.close()
    this.#hooks.end()
  }

  /** Ends the process, then gives back what it held. Resolves when nothing is left. */
  end(why?: string): Promise<void> {
    this.#ended ??= this.#end(why)
    return this.#ended
  }

  async #end(why?: string): Promise<void> {
    await this.quit(why)
    await this.#running?.launch.hold?.release()
  }
}
