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
import { visibleLine } from '../visible.ts'
import { systemBrowser, type Browser } from './browser.ts'
import { findAdopter } from './caller/adopter.ts'
import { createLooks, type Looks } from './caller/look.ts'
import type { DashboardEvent } from './event.ts'
import { LoopbackServer, type Answer, type Incoming } from './http.ts'
import { Listeners } from './listeners.ts'
import { LocalDoor } from './local-door.ts'
import { Neighbours } from './neighbours.ts'
import { Notices } from './notices.ts'
import { Opening } from './opening.ts'
import { PageDoor, type Assets } from './page-door.ts'
import { readRuns, removeRun, writeRun } from './runs.ts'
import { SESSION_TIMES, Sessions, type Session } from './session.ts'
import type { LocalState, PageState, RunFile } from './wire.ts'

/** The part of `approvals:` that is the page's. */
export interface DashboardRules {
  /** `approvals.channels`: without `page` no browser is opened by a question or a stranger. */
  readonly channels: readonly ChannelName[]
  readonly shadow: boolean
  /** `approvals.browser`. */
  readonly browser: readonly string[] | undefined
}

export interface DashboardOptions extends DashboardRules {
  readonly stateDir: string
  readonly desk: PendingDesk
  readonly grants: Grants
  /** The path of servers.yaml. */
  readonly config: string
  /** Our own cli.js, by which other sidecars are known. */
  readonly cli: string
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

export class Dashboard {
  readonly pageChannel: Channel
  readonly terminalChannel: Channel
  readonly id = randomUUID()
  #options: DashboardOptions
  readonly #key = randomBytes(32).toString('base64url')
  readonly #startedAt: number
  readonly #server: LoopbackServer
  readonly #sessions: Sessions
  readonly #listeners: Listeners
  readonly #neighbours: Neighbours
  readonly #pages: PageDoor
  readonly #locals: LocalDoor
  readonly #browser: Browser
  readonly #browserOptions: { argv: readonly string[] | undefined; readonly env: NodeJS.ProcessEnv }
  readonly #opening: Opening
  readonly #notices: Notices
  #looks: Looks
  #opened: Promise<number> | undefined
  #showing: ReturnType<Channel['ask']> | undefined
  #stopListening: (() => void) | undefined
  #closed: Promise<void> | undefined

  constructor(options: DashboardOptions) {
    this.#options = options
    this.#startedAt = options.now()
    this.#browserOptions = { argv: options.browser, env: options.env }
    this.#browser = options.opener ?? systemBrowser(this.#browserOptions)
    this.#looks = options.looks ?? this.#createLooks(undefined)
    this.#sessions = new Sessions({ now: options.now, ...(options.sessionTimes ?? SESSION_TIMES) })
    this.#listeners = new Listeners(() => this.#pagesChanged())
    this.#notices = new Notices({
      log: options.log,
      now: options.now,
      onEvent: (event) => options.onEvent(event),
      onChange: () => this.#listeners.changed(),
    })
    this.#opening = new Opening({
      browser: this.#browser,
      sessions: this.#sessions,
      now: options.now,
      port: () => this.#open(),
      pageOpen: () => this.#listeners.size > 0,
      onEvent: (event) => options.onEvent(event),
    })
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
      refused: (why, facts) => this.#notices.refused('local', why, facts),
    })
    this.#server = new LoopbackServer({
      now: options.now,
      answer: (request, port) => this.#answer(request, port),
    })
    this.pageChannel = { name: 'page', ask: () => this.#askOnPage() }
    this.terminalChannel = { name: 'terminal', ask: () => this.#askAtTerminal() }
  }

  /** From now on. */
  change(rules: DashboardRules): void {
    this.#options = { ...this.#options, ...rules }
    this.#browserOptions.argv = rules.browser
    this.#listeners.changed()
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
      if (this.#opening.isShown || (await this.#isShownByNeighbour())) return { kind: 'shown' }
      const { opened, why } = await this.#opening.open()
      return opened || this.#opening.isShown
        ? { kind: 'shown' }
        : { kind: 'unavailable', why: why ?? 'the page could not be opened' }
    } catch (error) {
      return { kind: 'unavailable', why: cannotOpen(error) }
    }
  }

  async #isShownByNeighbour(): Promise<boolean> {
    return (await this.#neighbours.states()).some(({ pageOpen }) => pageOpen)
  }

  async #openForSomebody(): Promise<Awaited<ReturnType<Opening['openForSomebody']>>> {
    if (!this.#options.channels.includes('page'))
      return { opened: false, why: 'approvals.channels in servers.yaml does not name page' }
    return this.#opening.openForSomebody()
  }

  async #reopen(): Promise<'opening' | 'later' | 'failed'> {
    if (this.#options.desk.pending().length === 0) return 'later'
    const { opened, later } = await this.#openForSomebody()
    if (opened) return 'opening'
    return later === true ? 'later' : 'failed'
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
      refused: (why, facts) => this.#notices.refused('page', why, facts),
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
        ...this.#notices.shown,
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
    await this.#notices.voided(session, own + passedOn)
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
