/**
 * The page and the local door of one sidecar, put together: what is behind the door (page-door.ts, local-door.ts), who
 * is told of what happens, and how a question gets in front of a person (showing.ts).
 *
 * Whatever isn't a decision of a person is bounded: how often strangers may have the browser opened, how much is told
 * to the audit log, how much of the questions is handed out at once.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import type { Channel } from '../approval/channels/channel.ts'
import type { Grants } from '../approval/grants.ts'
import type { ChannelName, PendingDesk } from '../approval/pending.ts'
import type { Logger } from '../log.ts'
import { systemBrowser, type Browser } from './browser.ts'
import { findAdopter } from './caller/adopter.ts'
import { createLooks, type Looks } from './caller/look.ts'
import { Door } from './door.ts'
import type { DashboardEvent } from './event.ts'
import type { Answer, Incoming } from './http.ts'
import { Listeners } from './listeners.ts'
import { LocalDoor } from './local-door.ts'
import { localState } from './local-state.ts'
import { Neighbours } from './neighbours.ts'
import { Notices } from './notices.ts'
import { Opening } from './opening.ts'
import { PageDoor, type Assets } from './page-door.ts'
import { readRuns } from './runs.ts'
import { SESSION_TIMES, Sessions, type Session } from './session.ts'
import { Showing } from './showing.ts'
import type { LocalState, PageState } from './wire.ts'

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

export class Dashboard {
  readonly pageChannel: Channel
  readonly terminalChannel: Channel
  readonly id = randomUUID()
  #options: DashboardOptions
  readonly #key = randomBytes(32).toString('base64url')
  readonly #startedAt: number
  readonly #door: Door
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
      port: () => this.#door.open(),
      pageOpen: () => this.#listeners.size > 0,
      mayOpen: () => this.#options.channels.includes('page'),
      isAsked: () => options.desk.pending().length > 0,
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
      open: () => this.#opening.openForSomebody(),
      refused: (why, facts) => this.#notices.refused('local', why, facts),
    })
    this.#door = this.#createDoor()
    const showing = new Showing({
      opening: this.#opening,
      neighbours: this.#neighbours,
      openDoor: () => this.#door.open(),
    })
    this.pageChannel = showing.page
    this.terminalChannel = showing.terminal
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
      return `http://127.0.0.1:${await this.#door.open()}/ask/${pendingId}`
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
    await this.#door.close()
  }

  async #answer(request: Incoming, port: number): Promise<Answer> {
    return request.path.startsWith('/local/')
      ? await this.#locals.answer(request, port)
      : await this.#pages.answer(request, port)
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
      reopen: () => this.#opening.reopen(),
      voided: (session) => this.#voided(session),
      refused: (why, facts) => this.#notices.refused('page', why, facts),
      onEvent: (event) => this.#options.onEvent(event),
    })
  }

  #createDoor(): Door {
    const { stateDir, now, config, desk } = this.#options
    return new Door({
      stateDir,
      now,
      run: {
        version: 1,
        id: this.id,
        pid: process.pid,
        startedAt: this.#startedAt,
        key: this.#key,
        config,
      },
      beforeOpen: async () => {
        if (this.#options.looks === undefined) this.#looks = this.#createLooks(await findAdopter())
      },
      afterOpen: () => {
        this.#stopListening ??= desk.onChange(() => this.#listeners.changed())
      },
      answer: (request, port) => this.#answer(request, port),
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
    return localState({
      sidecar: { id: this.id, pid: process.pid, config, host: host(), startedAt: this.#startedAt },
      pending: desk.pending(),
      pageOpen: this.#listeners.size > 0,
    })
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
