/**
 * The page and the local door of one sidecar, put together: what is behind the door (page-door.ts, local-door.ts), who
 * is told of what happens, and how a question gets in front of a person (showing.ts).
 *
 * Whatever isn't a decision of a person is bounded: how often strangers may have the browser opened, how much is told
 * to the audit log, how much of the questions is handed out at once.
 */
import type { Channel } from '../approval/facts/channel.ts'
import type { Grants } from '../approval/grants/grants.ts'
import type { ChannelName, PendingDesk } from '../approval/facts/pending.ts'
import type { Logger } from '../log.ts'
import { systemBrowser, type Browser } from './browser.ts'
import { findAdopter } from './caller/adopter.ts'
import { createLooks, type ProcessLooks } from './caller/look.ts'
import type { WorldOptions } from './caller/world.ts'
import type { Front } from './door/front.ts'
import type { DashboardEvent } from './event.ts'
import type { ReplyOrStream, Incoming } from './door/http.ts'
import { Listeners } from './listeners.ts'
import { LocalDoor } from './door/local-door.ts'
import { localState } from './local-state.ts'
import { Neighbours } from './neighbours/neighbours.ts'
import { Notices } from './notices.ts'
import { PageOpening } from './opening.ts'
import { PageDoor, type Assets } from './door/page-door.ts'
import { Presence } from './presence.ts'
import { readRuns } from './neighbours/runs.ts'
import { SESSION_TIMES, Sessions, type PageSession } from './door/session.ts'
import { Showing } from './showing.ts'
import type { LocalState, PageState } from './page-wire.ts'

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
  /** Opened by then, or still closed. */
  readonly front: Front
  readonly desk: PendingDesk
  readonly grants: Grants
  /** Calls back when they were changed, also by another process; returns how to stop. */
  readonly watchGrants: (onChange: () => void) => () => void
  /** The path of servers.yaml. */
  readonly config: string
  /** Our own cli.js, by which other sidecars are known. */
  readonly cli: string
  readonly env: NodeJS.ProcessEnv
  readonly host: () => string | undefined
  /** Since this machine was started (caller/world.ts). */
  readonly unconfined?: WorldOptions['unconfined']
  /** Notices that stay as long as what they tell of does. */
  readonly standing?: () => readonly string[]
  readonly log: Logger
  readonly now: () => number
  readonly assets: Assets
  /** Awaited where something is about to happen: what can't be written down doesn't. */
  onEvent(event: DashboardEvent): Promise<void>
  /** The page of another sidecar that showed our questions is gone, and none opens here. */
  readonly onPageLost?: (why: string) => void
  /** Tests give their own. */
  readonly opener?: Browser
  readonly looks?: ProcessLooks
  readonly sessionTimes?: typeof SESSION_TIMES
}

export class Dashboard {
  readonly pageChannel: Channel
  readonly terminalChannel: Channel
  readonly id: string
  #options: DashboardOptions
  readonly #startedAt: number
  readonly #door: Front
  readonly #sessions: Sessions
  readonly #listeners: Listeners
  readonly #neighbours: Neighbours
  readonly #pages: PageDoor
  readonly #locals: LocalDoor
  readonly #browser: Browser
  readonly #browserOptions: { argv: readonly string[] | undefined; readonly env: NodeJS.ProcessEnv }
  readonly #opening: PageOpening
  readonly #showing: Showing
  readonly #notices: Notices
  readonly #presence: Presence
  readonly #looks: ProcessLooks
  readonly #stopListening: () => void
  #unwatchGrants: (() => void) | undefined
  #closed: Promise<void> | undefined

  constructor(options: DashboardOptions) {
    this.#options = options
    this.#door = options.front
    this.id = options.front.id
    this.#startedAt = options.front.startedAt
    this.#stopListening = options.desk.onChange(() => this.#listeners.changed())
    this.#presence = new Presence(options.now)
    this.#browserOptions = { argv: options.browser, env: options.env }
    this.#browser = options.opener ?? systemBrowser(this.#browserOptions)
    this.#looks = options.looks ?? this.#createLooks()
    this.#sessions = new Sessions({ now: options.now, ...(options.sessionTimes ?? SESSION_TIMES) })
    this.#listeners = new Listeners(() => this.#pagesChanged())
    this.#notices = new Notices({
      log: options.log,
      now: options.now,
      onEvent: (event) => options.onEvent(event),
      onChange: () => this.#listeners.changed(),
    })
    this.#opening = new PageOpening({
      browser: this.#browser,
      sessions: this.#sessions,
      now: options.now,
      port: () => this.#door.open(),
      pageOpen: () => this.#listeners.size > 0,
      mayOpen: () => this.#options.channels.includes('page'),
      onEvent: (event) => options.onEvent(event),
    })
    this.#neighbours = new Neighbours({
      stateDir: options.stateDir,
      own: { id: this.id, startedAt: this.#startedAt },
      looks: () => this.#looks,
      onChange: () => this.#listeners.changed(),
    })
    this.#pages = this.#createPageDoor()
    this.#locals = new LocalDoor({
      runId: this.id,
      key: options.front.key,
      desk: options.desk,
      looks: () => this.#looks,
      runs: () => this.#runPids(),
      state: () => this.#localState(),
      onPerson: () => this.#presence.seen(),
      noPage: () => this.#opening.impossible,
      open: (coming) => this.#opening.openForSomebody(coming),
      refused: (why, facts) => this.#notices.refused('local', why, facts),
    })
    this.#showing = new Showing({
      opening: this.#opening,
      neighbours: this.#neighbours,
      openDoor: () => this.#door.open(),
      isAsked: () => options.desk.pending().length > 0,
      onLost: (why) => options.onPageLost?.(why),
      isAttended: () => this.#presence.isThere,
      isOnlyTerminal: () => this.#options.channels.every((name) => name === 'terminal'),
    })
    this.pageChannel = this.#showing.page
    this.terminalChannel = this.#showing.terminal
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
    this.#stopListening()
    this.#showing.close()
    this.#neighbours.unwatch()
    this.#listeners.close()
    this.#browser.close()
    await this.#door.close()
  }

  /** For the front. */
  async answer(request: Incoming, port: number): Promise<ReplyOrStream> {
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
      stream: (session, response) => {
        this.#sessions.arrived(session.id)
        return this.#listeners.add(session.id, response)
      },
      passOn: ({ grant, forMs, ...request }, page) =>
        this.#neighbours.answer({
          ...request,
          page,
          ...(grant === undefined ? {} : { grant }),
          ...(forMs === undefined ? {} : { forMs }),
        }),
      liftElsewhere: (request) => this.#neighbours.lift(request),
      openNeighbour: (sidecar) => this.#neighbours.open(sidecar),
      reopen: () => this.#showing.reopen(),
      voided: (session) => this.#voided(session),
      refused: (why, facts) => this.#notices.refused('page', why, facts),
      onEvent: (event) => this.#options.onEvent(event),
    })
  }

  #createLooks(): ProcessLooks {
    return createLooks({
      cli: this.#options.cli,
      runs: () => this.#runPids(),
      launchers: () => this.#browser.launchers(),
      adopter: findAdopter,
      ...(this.#options.unconfined && { unconfined: this.#options.unconfined }),
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
      denials: desk.denials(),
      pageOpen: this.#listeners.size > 0,
      pageComing: this.#opening.isComing,
    })
  }

  async #pageState(session: PageSession): Promise<PageState> {
    const neighbours = await this.#neighbours.states()
    const { now, grants, shadow } = this.#options
    return {
      now: now(),
      decidesFrom: session.decidesFrom,
      sidecars: [this.#localState(), ...neighbours],
      grants: grants.list(),
      notices: [
        ...(shadow ? ['approvals.mode is shadow: nobody is asked, and everything runs.'] : []),
        ...(this.#options.standing?.() ?? []),
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

  /** What neighbours ask, and what was granted or revoked elsewhere, matters to a page that is open. */
  #pagesChanged(): void {
    if (this.#listeners.size > 0 && this.#closed === undefined) {
      this.#neighbours.watch()
      this.#unwatchGrants ??= this.#options.watchGrants(() => this.#listeners.changed())
    } else {
      this.#neighbours.unwatch()
      this.#unwatchGrants?.()
      this.#unwatchGrants = undefined
    }
  }
}
