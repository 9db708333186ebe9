/**
 * The page and the local door of one sidecar. The door opens with the first question and closes with the sidecar;
 * while it is open a run file says where it is.
 *
 * - A question makes the browser open only where no page is open already, here or at a neighbour, whose page then shows
 *   ours, and no browser is on its way.
 * - Whatever isn't a decision of a person is bounded: how often strangers may have the browser opened, how much is told
 *   to the audit log, how much of the questions is handed out at once.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import type { Channel } from '../approval/channels/channel.ts'
import type { Grants } from '../approval/grants.ts'
import type { ChannelName, Pending, PendingDesk } from '../approval/pending.ts'
import { systemErrorCode } from '../errors.ts'
import type { Logger } from '../log.ts'
import { Bucket } from '../policy/bucket.ts'
import { visibleLine } from '../visible.ts'
import { systemBrowser, type Browser } from './browser.ts'
import { findAdopter } from './caller/adopter.ts'
import { createLooks, type Looks } from './caller/look.ts'
import type { callerFacts, DashboardEvent } from './event.ts'
import { LoopbackServer, type Answer, type Incoming } from './http.ts'
import { Listeners } from './listeners.ts'
import { LocalDoor } from './local-door.ts'
import { Neighbours } from './neighbours.ts'
import { PageDoor, type Assets } from './page-door.ts'
import { readRuns, removeRun, writeRun } from './runs.ts'
import { SESSION_TIMES, Sessions, type Session } from './session.ts'
import type { LocalState, OpenResponse, PageState, RunFile } from './wire.ts'

export interface DashboardOptions {
  readonly stateDir: string
  readonly desk: PendingDesk
  readonly grants: Grants
  /** The path of servers.yaml. */
  readonly config: string
  /** Our own cli.js, by which other sidecars are known. */
  readonly cli: string
  /** `approvals.channels`: without `page` no browser is opened by a question or a stranger. */
  readonly channels: readonly ChannelName[]
  readonly shadow: boolean
  /** `approvals.browser`. */
  readonly browser: readonly string[] | undefined
  readonly env: NodeJS.ProcessEnv
  readonly host: () => string | undefined
  readonly log: Logger
  readonly now: () => number
  readonly assets: Assets
  /** Awaited where something is about to happen: what can't be written down doesn't. */
  onEvent(event: DashboardEvent): Promise<void>
  /** Tests give their own. */
  readonly opener?: Browser
  readonly looks?: Looks
  readonly sessionTimes?: typeof SESSION_TIMES
}

const MAX_PENDING = 100
const MAX_PENDING_LENGTH = 4 * 1024 * 1024
const MAX_NOTICES = 20
const STRANGERS_OPEN = '6/hour'
const REFUSALS_TOLD = '20/minute'
const AGAIN_MS = 10_000

export class Dashboard {
  readonly pageChannel: Channel
  readonly terminalChannel: Channel
  readonly id = randomUUID()
  readonly #options: DashboardOptions
  readonly #key = randomBytes(32).toString('base64url')
  readonly #startedAt: number
  readonly #server: LoopbackServer
  readonly #sessions: Sessions
  readonly #listeners: Listeners
  readonly #neighbours: Neighbours
  readonly #pages: PageDoor
  readonly #locals: LocalDoor
  readonly #browser: Browser
  readonly #notices: string[] = []
  readonly #strangersOpen = new Bucket(STRANGERS_OPEN)
  readonly #refusalsTold = new Bucket(REFUSALS_TOLD)
  #untold = 0
  #strangerAt = -Infinity
  #looks: Looks
  #opened: Promise<number> | undefined
  #showing: ReturnType<Channel['ask']> | undefined
  #browserOpening: Promise<OpenResponse> | undefined
  #stopListening: (() => void) | undefined
  #closed: Promise<void> | undefined

  constructor(options: DashboardOptions) {
    this.#options = options
    this.#startedAt = options.now()
    this.#browser = options.opener ?? systemBrowser({ argv: options.browser, env: options.env })
    this.#looks = options.looks ?? this.#createLooks(undefined)
    this.#sessions = new Sessions({ now: options.now, ...(options.sessionTimes ?? SESSION_TIMES) })
    this.#listeners = new Listeners(() => this.#pagesChanged())
    this.#neighbours = new Neighbours({
      stateDir: options.stateDir,
      ownId: this.id,
      looks: () => this.#looks,
      onChange: () => this.#listeners.changed(),
    })
    this.#pages = this.#createPageDoor()
    this.#locals = new LocalDoor({
      runId: this.id,
      key: this.#key,
      desk: options.desk,
      looks: () => this.#looks,
      runs: () => this.#runPids(),
      state: () => this.#localState(),
      open: () => this.#openForSomebody(),
      refused: (why, facts) => this.#refused('local', why, facts),
    })
    this.#server = new LoopbackServer({
      now: options.now,
      answer: (request, port) => this.#answer(request, port),
    })
    this.pageChannel = { name: 'page', ask: () => this.#askOnPage() }
    this.terminalChannel = { name: 'terminal', ask: () => this.#askAtTerminal() }
  }

  /** Where a host may send its user (URL-mode elicitation): no secret is in it. Undefined when the door can't open. */
  async address(pendingId: string): Promise<string | undefined> {
    try {
      return `http://127.0.0.1:${await this.#open()}/ask/${pendingId}`
    } catch {
      return undefined
    }
  }

  /** Idempotent; nothing is left afterwards but the user's browser. */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    this.#stopListening?.()
    this.#neighbours.unwatch()
    this.#listeners.close()
    this.#browser.close()
    await this.#opened?.catch(() => undefined)
    await removeRun(this.#options.stateDir, this.id)
    await this.#server.close()
  }

  #open(): Promise<number> {
    if (this.#closed !== undefined) return Promise.reject(new Error('closed'))
    this.#opened ??= this.#openDoor().catch((error: unknown) => {
      this.#opened = undefined
      throw error
    })
    return this.#opened
  }

  async #openDoor(): Promise<number> {
    const { stateDir, config, desk, looks } = this.#options
    if (looks === undefined) this.#looks = this.#createLooks(await findAdopter())
    const port = this.#server.port === 0 ? await this.#server.open() : this.#server.port
    const run: RunFile = {
      version: 1,
      id: this.id,
      pid: process.pid,
      startedAt: this.#startedAt,
      port,
      key: this.#key,
      config,
    }
    await writeRun(stateDir, run)
    this.#stopListening ??= desk.onChange(() => this.#listeners.changed())
    return port
  }

  async #answer(request: Incoming, port: number): Promise<Answer> {
    return request.path.startsWith('/local/')
      ? await this.#locals.answer(request, port)
      : await this.#pages.answer(request, port)
  }

  async #askAtTerminal(): ReturnType<Channel['ask']> {
    try {
      await this.#open()
      return { kind: 'shown' }
    } catch (error) {
      return { kind: 'unavailable', why: cannotOpen(error) }
    }
  }

  /** Many questions at once look once whether somebody sees them. */
  #askOnPage(): ReturnType<Channel['ask']> {
    this.#showing ??= this.#show().finally(() => {
      this.#showing = undefined
    })
    return this.#showing
  }

  async #show(): ReturnType<Channel['ask']> {
    try {
      await this.#open()
      if (this.#isShown() || (await this.#isShownByNeighbour())) return { kind: 'shown' }
      const { opened, why } = await this.#openBrowser()
      return opened || this.#isShown()
        ? { kind: 'shown' }
        : { kind: 'unavailable', why: why ?? 'the page could not be opened' }
    } catch (error) {
      return { kind: 'unavailable', why: cannotOpen(error) }
    }
  }

  /** A page is open, or a browser has a link and is on its way. */
  #isShown(): boolean {
    return this.#listeners.size > 0 || (this.#browserOpening === undefined && this.#sessions.awaited)
  }

  async #isShownByNeighbour(): Promise<boolean> {
    return (await this.#neighbours.states()).some(({ pageOpen }) => pageOpen)
  }

  /** Once at a time, however many ask. */
  #openBrowser(): Promise<OpenResponse> {
    this.#browserOpening ??= this.#startBrowser().finally(() => {
      this.#browserOpening = undefined
    })
    return this.#browserOpening
  }

  async #startBrowser(): Promise<OpenResponse> {
    const port = await this.#open()
    try {
      await this.#options.onEvent({ phase: 'page-opened' })
    } catch {
      return { opened: false, why: 'the audit log can not be written' }
    }
    const secret = this.#sessions.mint()
    const opened = await this.#browser.open(`http://127.0.0.1:${port}/enter/${secret}`)
    if (opened.kind === 'opened') return { opened: true }
    this.#sessions.drop(secret)
    return { opened: false, why: opened.why }
  }

  /** For `sidemux approvals`, a neighbour, or a stranger at the doorstep; so often and no more. */
  async #openForSomebody(): Promise<OpenResponse> {
    if (this.#listeners.size > 0) return { opened: false, why: 'the page is open already' }
    if (!this.#options.channels.includes('page'))
      return { opened: false, why: 'approvals.channels in servers.yaml does not name page' }
    const now = this.#options.now()
    const tooSoon = now - this.#strangerAt < AGAIN_MS || !this.#strangersOpen.take(now).ok
    if (tooSoon) return { opened: false, why: 'it was opened a moment ago' }
    this.#strangerAt = now
    return await this.#openBrowser()
  }

  async #reopen(): Promise<'opening' | 'later' | 'failed'> {
    if (this.#options.desk.pending().length === 0) return 'later'
    const before = this.#strangerAt
    const { opened } = await this.#openForSomebody()
    if (opened) return 'opening'
    return this.#strangerAt === before ? 'later' : 'failed'
  }

  #createPageDoor(): PageDoor {
    const { desk, grants, assets, now } = this.#options
    return new PageDoor({
      runId: this.id,
      desk,
      grants,
      assets,
      now,
      sessions: this.#sessions,
      looks: () => this.#looks,
      state: (session) => this.#pageState(session),
      stream: (session, response) => this.#listeners.add(session.id, response),
      passOn: ({ grant, ...request }, page) =>
        this.#neighbours.answer({ ...request, page, ...(grant === undefined ? {} : { grant }) }),
      openNeighbour: (sidecar) => this.#neighbours.open(sidecar),
      reopen: () => this.#reopen(),
      voided: (session) => this.#voided(session),
      refused: (why, facts) => this.#refused('page', why, facts),
      onEvent: (event) => this.#options.onEvent(event),
    })
  }

  #createLooks(adopter: number | undefined): Looks {
    return createLooks({
      cli: this.#options.cli,
      runs: () => this.#runPids(),
      launchers: () => this.#browser.launchers(),
      adopter,
    })
  }

  async #runPids(): Promise<readonly number[]> {
    return (await readRuns(this.#options.stateDir)).map(({ pid }) => pid)
  }

  #localState(): LocalState {
    const { desk, config, host } = this.#options
    const all = desk.pending()
    const pending = firstOf(all)
    const name = host()
    return {
      sidecar: {
        id: this.id,
        pid: process.pid,
        config,
        host: name === undefined ? undefined : visibleLine(name).slice(0, 200),
        startedAt: this.#startedAt,
      },
      pending,
      more: all.length - pending.length,
      pageOpen: this.#listeners.size > 0,
    }
  }

  async #pageState(session: Session): Promise<PageState> {
    const neighbours = await this.#neighbours.states()
    const { now, grants, shadow } = this.#options
    return {
      now: now(),
      decidesFrom: session.decidesFrom,
      sidecars: [this.#localState(), ...neighbours],
      grants: grants.list(),
      notices: [
        ...(shadow ? ['approvals.mode is shadow: nobody is asked, and everything runs.'] : []),
        ...this.#notices,
      ],
    }
  }

  /** The session is over already; here its unspent yeses go, and people are told. */
  async #voided(session: string): Promise<void> {
    this.#listeners.end(session)
    const [own, passedOn] = await Promise.all([
      this.#options.desk.takeBack(session),
      this.#neighbours.takeBack(session),
    ])
    const takenBack = own + passedOn
    this.#notice(
      `The link of a page was used twice, so another program may have seen it. That page is closed, and ${takenBack === 1 ? '1 answer' : `${takenBack} answers`} given on it and not used yet ${takenBack === 1 ? 'is' : 'are'} void.`,
    )
    this.#options.log.warn({ session, takenBack }, 'the link of the page was used twice; its session is void')
    await this.#tell({ phase: 'session-voided', session, takenBack })
  }

  #refused(door: 'page' | 'local', why: string, facts: ReturnType<typeof callerFacts>): void {
    if (why === 'inside' || why === 'other-process' || why === 'other-user')
      this.#notice(
        `Another program (${facts.names.join(', ') || 'unknown'}) tried to use the page or its door, and was refused.`,
      )
    if (!this.#refusalsTold.take(this.#options.now()).ok) {
      this.#untold += 1
      return
    }
    const unwritten = this.#untold
    this.#untold = 0
    void this.#tell({ phase: 'caller-refused', door, why, ...facts, unwritten })
  }

  /** What has happened already; nothing is left to be refused when it can't be written. */
  async #tell(event: DashboardEvent): Promise<void> {
    try {
      await this.#options.onEvent(event)
    } catch {
      this.#options.log.error({ phase: event.phase }, 'a record could not be written to the audit log')
    }
  }

  #notice(text: string): void {
    if (this.#notices.includes(text)) return
    this.#notices.push(text)
    if (this.#notices.length > MAX_NOTICES) this.#notices.shift()
    this.#listeners.changed()
  }

  #pagesChanged(): void {
    if (this.#listeners.size > 0 && this.#closed === undefined) this.#neighbours.watch()
    else this.#neighbours.unwatch()
  }
}

/** The oldest, as many as can be handed out at once, but always one. */
function firstOf(all: readonly Pending[]): readonly Pending[] {
  let length = 0
  const taken: Pending[] = []
  for (const pending of all.slice(0, MAX_PENDING)) {
    length += 2 * pending.text.length
    if (taken.length > 0 && length > MAX_PENDING_LENGTH) break
    taken.push(pending)
  }
  return taken
}

function cannotOpen(error: unknown): string {
  return `the page could not be served (${systemErrorCode(error) ?? 'unknown error'})`
}
