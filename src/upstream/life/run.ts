/**
 * One process of a child, or one connection to a remote server, from its launch until it and all that it held of secret
 * stores are gone. Two of one child may be alive at once: the one that works, and one that is being made ready or that
 * still ends its calls (runs.ts).
 */
import { controllerForMany } from '../../cancellation.ts'
import { awakeNow } from '../../awake.ts'
import type { HostSide } from '../messages/caller.ts'
import type { Connection } from '../session/connection.ts'
import type { ServerNews } from '../session/notices.ts'
import type { Down } from '../session/diagnosis.ts'
import type { Guess } from '../session/era-guess.ts'
import type { ChildLog, RunHooks } from './told/events.ts'
import { Exchange } from '../session/exchange.ts'
import type { LinkEnd, Link } from '../link/link.ts'
import type { OfferKind } from '../messages/offer.ts'
import {
  startChild,
  type ChildSpec,
  type PreparedLaunch,
  type Running,
  type StartOptions,
} from './starting/start.ts'
import { OwnPrograms } from '../process/own-programs.ts'
import { settlesWithin } from '../wait.ts'

export interface RunDeps extends Pick<
  StartOptions,
  'reaper' | 'limitWatch' | 'turns' | 'readLarge' | 'probeTimeoutMs'
> {
  readonly host: HostSide
  readonly log: ChildLog
  newsOf(run: ServerRun): ServerNews
  /** For its secrets. */
  readonly launchWithinMs: number
  /** It has all that it is launched with. */
  onPrepared(): void
}

type FailedRun = Down & { readonly endedByItself: boolean; readonly provedModern: boolean }

/** Calls that were cut off. */
export interface Cut {
  /** Ends a sentence that says why it was to end. */
  readonly why: string
  readonly waitedMs: number
}

export class ServerRun {
  readonly spec: ChildSpec
  readonly exchange: Exchange
  /** Lists that it said to have changed while it was made ready. */
  readonly changed = new Set<OfferKind>()
  /** Resolves with why it should be replaced. */
  readonly whenStale: Promise<string>
  /** Resolves when it has got ready and is gone since. */
  readonly whenGone: Promise<void>
  /** The same when it takes no new requests, though it may still end those that it has. */
  readonly whenOver: Promise<void>
  readonly #deps: RunDeps
  readonly #again: PreparedLaunch | undefined
  readonly #hooks: RunHooks
  readonly #stop = controllerForMany()
  #running: Running | undefined
  #stale: string | undefined
  #cut: Cut | undefined
  #ended: Promise<void> | undefined
  #sayStale: (why: string) => void = () => undefined
  #sayGone: () => void = () => undefined
  #endedWell = false
  #programs: OwnPrograms | undefined
  #sayOver: () => void = () => undefined

  /** @param again a launch to make once more, instead of a new one */
  constructor(spec: ChildSpec, deps: RunDeps, again?: PreparedLaunch) {
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
    this.whenOver = new Promise((resolve) => {
      this.#sayOver = resolve
    })
  }

  /** Undefined once it is ready; else why it is not, and then nothing of it is left. */
  async start(guess: Guess): Promise<FailedRun | undefined> {
    const { host, log, reaper, limitWatch, turns, readLarge, probeTimeoutMs } = this.#deps
    const started = await startChild(this.#preparing(), {
      ...guess,
      hooks: { ...this.#hooks, onQuestion: (...asked) => this.exchange.ask(...asked) },
      stop: this.#stop.signal,
      capabilities: host.capabilities(this.spec.id),
      news: this.#deps.newsOf(this),
      reaper,
      ...(limitWatch && { limitWatch }),
      turns,
      ...(readLarge && { readLarge }),
      ...(probeTimeoutMs !== undefined && { probeTimeoutMs }),
    })
    if (started.kind === 'down') {
      this.#hooks.end()
      const { raw, ...down } = started
      const own = raw === undefined ? undefined : log.quote(raw.what, raw.text)
      const said = [own, this.#hooks.said].filter((words) => words !== undefined).join('\n')
      return { ...down, ...(said !== '' && { said }) }
    }
    this.#running = started
    void this.#watch(started.transport)
    return undefined
  }

  async #watch(link: Link): Promise<void> {
    await link.whenOver
    this.#endedWell = link.gone && link.wasIdle && isGood(link.exit)
    this.#sayOver()
    await link.whenGone
    this.#sayGone()
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
    const { connection, launch, transport } = this.running
    if (transport.pid !== null) this.#programs = new OwnPrograms(transport.pid)
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
  get launch(): PreparedLaunch {
    return this.running.launch
  }

  get gone(): boolean {
    return this.#running?.transport.gone ?? true
  }

  get over(): boolean {
    return this.#running?.transport.over ?? true
  }

  get exit(): LinkEnd | undefined {
    return this.#running?.transport.exit
  }

  /** By itself, as if its work were done, with nobody waiting for an answer. */
  get endedWell(): boolean {
    return this.#endedWell
  }

  /** What it printed last, for whoever is told that it is gone. */
  get said(): string | undefined {
    this.#hooks.end()
    return this.#hooks.said
  }

  /** It has started programs since it was ready that still run. */
  hasPrograms(): boolean {
    return this.#programs?.areAtWork === true
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
    const began = awakeNow()
    await Promise.race([this.whenGone, settlesWithin(this.exchange.whenIdle(), ms)])
    if (!this.gone && !this.exchange.isIdle) this.#cut = { why, waitedMs: awakeNow() - began }
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

const ASKED_TO_END: ReadonlySet<string> = new Set(['SIGTERM', 'SIGINT', 'SIGHUP'])
/** The same as shells and docker report it. */
const CODES_OF_THOSE: ReadonlySet<number> = new Set([129, 130, 143])

/** Its work is done, or somebody has asked it to end; a crash is neither. */
function isGood(exit: LinkEnd | undefined): boolean {
  if (exit === undefined || 'why' in exit) return false
  if (exit.signal !== null) return ASKED_TO_END.has(exit.signal)
  return exit.code === 0 || CODES_OF_THOSE.has(exit.code ?? -1)
}
