/**
 * Lets a server start only when a human has agreed to its launch (promise 5). What waits is asked about in one question
 * (launch-question.ts), and as long as nobody has said yes the server stands as one that waits.
 *
 * What was agreed to lies in a book that all sidemuxes of a servers.yaml share, so a yes anywhere counts here at once, and
 * so does one that is taken back. Whatever the reason for a look into it, each look starts what may start by it, and ends
 * what may not run any more.
 */
import type { Asker } from '../../approval/facts/channel.ts'
import type { ApprovalEvent } from '../../approval/facts/event.ts'
import type { ApprovalQueue } from '../../approval/queue.ts'
import type { Config, ServerConfig } from '../../config/config.ts'
import { errorKind, SidemuxError } from '../../errors.ts'
import type { Logger } from '../../log.ts'
import { knownPackages } from '../../packages/known.ts'
import { TrustBook } from '../../trust/trust-book.ts'
import { whyItWaits, type WaitingServer } from '../../trust/waiting.ts'
import type { Journal } from '../journal.ts'
import { LaunchQuestion } from './launch-question.ts'
import { Standings } from './standings.ts'

export interface LaunchTrustDeps {
  readonly stateDir: string
  readonly log: Logger
  readonly journal: Journal
  queue(): ApprovalQueue
  session(): string
  /** What runs, which isn't all of the file where a server goes on as it was. */
  running(): Config
  /** They may start now. */
  onAgreed(ids: readonly string[]): void
  /** A server that goes on as it was may start as the file has it now. */
  onHeldAgreed(): void
  /** What was agreed to is taken back: they may not run any more. */
  onRevoked(ids: readonly string[]): void
  /** What waits is another. */
  onChange(): void
}

export class LaunchTrust {
  readonly #deps: LaunchTrustDeps
  readonly #book: TrustBook
  readonly #standings: Standings
  readonly #question: LaunchQuestion
  /** As servers.yaml is now, also where a server goes on as it was. */
  #config: Config
  #waiting: readonly WaitingServer[] = []
  /** Servers that go on by an earlier launch. */
  #held: ReadonlySet<string> = new Set()
  /** The same, and those of them that may not go on any more: what is launched for them isn't what the file has. */
  #behind: ReadonlySet<string> = new Set()
  /** Those that might run, by the last look. */
  #allowed: ReadonlySet<string> = new Set()
  #stopWatching: (() => void)[] = []
  #turn: Promise<void> = Promise.resolve()
  #isClosed = false

  constructor(config: Config, deps: LaunchTrustDeps) {
    this.#config = config
    this.#deps = deps
    this.#book = new TrustBook(deps.stateDir, config.file)
    this.#standings = new Standings(this.#book, knownPackages(deps.stateDir, config.file))
    this.#question = new LaunchQuestion({
      queue: () => deps.queue(),
      session: () => deps.session(),
      due: () => this.#due,
      onAgreed: async (launches, question) => this.#agreed(launches, question),
      warn: (message) => deps.log.warn(message),
      complain: (what, error) => this.#complain(what, error),
    })
  }

  /** In the order of the file. */
  get waiting(): readonly WaitingServer[] {
    return this.#waiting
  }

  get hasWaiting(): boolean {
    return this.#waiting.length > 0
  }

  /** @param whole where `config` has a part of its servers only: what a first use takes */
  async begin(whole: Config): Promise<void> {
    this.#stopWatching.push(
      this.#deps.queue().desk.onChange(() => this.#question.spend()),
      this.#book.watch(() => this.#lookSoon()),
    )
    if (this.#config.trust === 'off') return
    if (whole.trust === 'first-use') await this.#takeFirst(whole)
    await this.#look()
  }

  /** Somebody can be asked from now on; by the host itself, where it takes a question outside of a call. */
  open(asker: Asker): void {
    this.#question.open(asker)
  }

  /**
   * Of another servers.yaml, before it applies: ids of servers that go on by the launch that was agreed to, since nobody
   * has agreed to the new one.
   */
  async holds(edited: Config, running: Config): Promise<ReadonlySet<string>> {
    if (edited.trust === 'off') return new Set()
    const [before, now] = await Promise.all([
      this.#standings.trusted(running),
      this.#standings.trusted(edited),
    ])
    return new Set(edited.servers.map(({ id }) => id).filter((id) => before.has(id) && !now.has(id)))
  }

  /** It applies now. */
  change(edited: Config, held: ReadonlySet<string>): void {
    this.#config = edited
    this.#held = held
    this.#behind = held
    this.#lookSoon()
  }

  /** The file as it is; `held` servers of it go on as they were. */
  get config(): Config {
    return this.#config
  }

  /** @throws SidemuxError where nobody has agreed to it, or that can't be read. */
  async allow(server: ServerConfig, config: Config): Promise<void> {
    if (config.trust === 'off') return
    const standing = await this.#standings.of(server, config)
    if (standing.kind === 'trusted') return
    const { reason, hint } = whyItWaits({ id: server.id, ...standing })
    throw new SidemuxError(reason, { hint })
  }

  /** Ids of those that `allow` lets start. @throws SidemuxError where that can't be read. */
  async agreed(config: Config): Promise<ReadonlySet<string>> {
    if (config.trust === 'off') return new Set(config.servers.map(({ id }) => id))
    return this.#standings.trusted(config)
  }

  /**
   * The package of this server was installed just now, so from now on what was agreed to means that version.
   *
   * @throws SidemuxError where a human has agreed to another version, or that can't be read.
   */
  async settle(server: ServerConfig, config: Config): Promise<void> {
    await this.allow(server, config)
    if (config.trust !== 'off') this.#book.accept([await this.#standings.factsOf(server, config)], Date.now())
  }

  waits(id: string): boolean {
    return this.#waiting.some((one) => one.id === id && !one.runs)
  }

  /** A call that needs it asks along, where its host can show the question while it waits. */
  async askWith(asker: Asker, signal: AbortSignal): Promise<void> {
    if (asker.kind !== 'live') return
    await this.#question.decide(this.#due, asker, signal)
    await this.#turn
  }

  /**
   * Asks, and resolves when that is decided or can't be.
   * @param which of those that wait, also what a human said no to; without it all that he has said nothing to
   */
  async askNow(which?: (id: string) => boolean): Promise<void> {
    await this.#question.decide(which === undefined ? this.#due : this.#waiting.filter(({ id }) => which(id)))
    await this.#turn
  }

  /** A human's no is kept, whoever waits for it. */
  async denied({ binding, channel }: ApprovalEvent): Promise<void> {
    const due = this.#question.about(binding.launchHash)
    if (due === undefined) return
    this.#book.deny(due)
    await this.#record('denied', due, { ...(channel !== undefined && { channel }) })
    this.#lookSoon()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const stop of this.#stopWatching) stop()
    this.#question.close()
    await this.#turn
  }

  async #takeFirst(whole: Config): Promise<void> {
    if (!this.#book.isEmpty) return
    const { servers, elsewhere, unchosen } = whole
    const all = await Promise.all(
      [...servers, ...elsewhere, ...unchosen].map(async (server) => this.#standings.factsOf(server, whole)),
    )
    // Written down before it counts (promise 6).
    await this.#deps.journal.record('trust', { phase: 'first-use', servers: all.map(({ id }) => id) })
    this.#book.acceptFirst(all, Date.now())
  }

  /** One look after the other; what can't be told is logged, and no server starts by it. */
  #lookSoon(): void {
    this.#turn = this.#lookAfter(this.#turn)
  }

  async #lookAfter(before: Promise<void>): Promise<void> {
    await before
    if (this.#isClosed) return
    try {
      await this.#look()
      this.#question.again()
    } catch (error) {
      this.#complain('which launches are trusted can not be told', error)
    }
  }

  #complain(what: string, error: unknown): void {
    const { log } = this.#deps
    if (error instanceof SidemuxError) log.error({ hint: error.hint }, `${what}: ${error.message}`)
    else log.error(`${what} (${errorKind(error)})`)
  }

  /** What waits by the book and the file as they are now; what follows from it is done. */
  async #look(): Promise<void> {
    const [config, behind] = [this.#config, this.#behind]
    const held = await this.#stillHeld()
    const waiting = await this.#standings.waiting(config, held)
    // An edit came meanwhile, and has a look of its own.
    if (this.#config !== config || this.#behind !== behind) return
    const [wasDown, mightRun] = [this.#down, this.#allowed]
    this.#held = held
    this.#waiting = waiting
    const down = this.#down
    const ids = config.servers.map(({ id }) => id)
    this.#allowed = new Set(ids.filter((id) => !down.has(id)))
    this.#deps.onChange()
    const begins = ids.filter((id) => wasDown.has(id) && !down.has(id) && !behind.has(id))
    const ends = ids.filter((id) => down.has(id) && mightRun.has(id))
    if (begins.length > 0) this.#deps.onAgreed(begins)
    if (ends.length > 0) this.#deps.onRevoked(ends)
    if ([...behind].some((id) => !waiting.some((one) => one.id === id))) this.#deps.onHeldAgreed()
  }

  /** Those that wait and don't run. */
  get #down(): ReadonlySet<string> {
    return new Set(this.#waiting.filter(({ runs }) => !runs).map(({ id }) => id))
  }

  /** What was agreed to before may be taken back as well. */
  async #stillHeld(): Promise<ReadonlySet<string>> {
    if (this.#held.size === 0) return this.#held
    const trusted = await this.#standings.trusted(this.#deps.running())
    return new Set([...this.#held].filter((id) => trusted.has(id)))
  }

  get #due(): readonly WaitingServer[] {
    return this.#waiting.filter(({ denied }) => !denied)
  }

  /** Written down before it counts (promise 6). */
  async #agreed(due: readonly WaitingServer[], id: string): Promise<void> {
    await this.#record('agreed', due, { id })
    this.#book.accept(due, Date.now())
    this.#lookSoon()
  }

  async #record(phase: string, due: readonly WaitingServer[], facts: Record<string, unknown>): Promise<void> {
    const servers = due.map(({ id, isNew, changes }) => ({
      server: id,
      new: isNew,
      changed: changes.map(({ field }) => field),
    }))
    await this.#deps.journal.record('trust', { phase, ...facts, servers })
  }
}
