/**
 * The page and the terminal as channels: having a question where a person can see it. There is one page for all sidecars,
 * and it belongs to the one whose decisions the others take: a neighbour that is older than our host application, or of
 * several that take each other's the one that started first. So a question makes the browser open only where no page
 * is open already, or on its way; and then it is that neighbour's page, where there is one. A page shows also what it
 * can't decide, and opens the one that can. When its sidecar ends while something here still waits, another is opened.
 *
 * At the terminal a question lies for whoever comes. Whether somebody is there now decides whether a call waits for him.
 */
import type { Channel } from '../approval/facts/channel.ts'
import { systemErrorCode } from '../errors.ts'
import type { Near, Neighbours } from './neighbours/neighbours.ts'
import type { PageOpening } from './opening.ts'

export interface ShowingOptions {
  readonly opening: PageOpening
  readonly neighbours: Neighbours
  /** Opens the door, behind which the questions are; rejects when it can't. */
  openDoor(): Promise<unknown>
  /** Something waits for a person here. */
  isAsked(): boolean
  /** A person is at `sidemux approvals`. */
  isAttended(): boolean
  /** The config names the terminal alone: who chose that comes to it. */
  isOnlyTerminal(): boolean
  /** What another's page showed is seen nowhere any more. */
  onLost(why: string): void
}

/** Where the process behind a connection can be looked at (caller/look.ts), so that a terminal may decide. */
const TELLS_CALLERS: ReadonlySet<string> = new Set(['linux', 'darwin'])
const AGAIN_MS = 1500
/** Looks in a row at which the page's sidecar doesn't answer; then it isn't waited for. */
const MAX_SILENT = 3

/** The neighbour whose page shows our questions. */
interface Owner {
  readonly id: string
  /** Its page was open; that a person closed it since is his affair. */
  seen: boolean
  silent: number
}

export class Showing {
  readonly page: Channel
  readonly terminal: Channel
  readonly #options: ShowingOptions
  #underWay: ReturnType<Channel['ask']> | undefined
  #owner: Owner | undefined
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(options: ShowingOptions) {
    this.#options = options
    this.page = { name: 'page', ask: () => this.#askOnPage(), reach: () => this.#askOnPage() }
    this.terminal = {
      name: 'terminal',
      ask: () => this.#askAtTerminal(),
      reach: () => this.#askAtTerminal(),
    }
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
  }

  /** For a browser without a session, who is told little. */
  async reopen(): Promise<'opening' | 'later' | 'failed'> {
    if (!this.#options.isAsked()) return 'later'
    if (!this.#options.opening.isShown && (await this.#atNeighbour())) return 'opening'
    const { opened, later } = await this.#options.opening.openForSomebody()
    if (opened) return 'opening'
    return later === true ? 'later' : 'failed'
  }

  async #askAtTerminal(): ReturnType<Channel['ask']> {
    try {
      await this.#options.openDoor()
    } catch (error) {
      return { kind: 'unavailable', why: cannotOpen(error) }
    }
    if (this.#options.isAttended()) return { kind: 'shown' }
    if (!TELLS_CALLERS.has(process.platform))
      return { kind: 'unavailable', why: 'this system does not tell who is at a terminal' }
    return {
      kind: 'untended',
      why: 'nobody is at a terminal of sidemux',
      waits: this.#options.isOnlyTerminal(),
    }
  }

  /** Many questions at once look once whether somebody sees them. */
  #askOnPage(): ReturnType<Channel['ask']> {
    this.#underWay ??= this.#show().finally(() => {
      this.#underWay = undefined
    })
    return this.#underWay
  }

  async #show(): ReturnType<Channel['ask']> {
    const { opening } = this.#options
    try {
      await this.#options.openDoor()
      if (opening.isShown || (await this.#atNeighbour())) return { kind: 'shown' }
      const { opened, why } = await opening.open()
      return opened || opening.isShown
        ? { kind: 'shown' }
        : { kind: 'unavailable', why: why ?? 'the page could not be opened' }
    } catch (error) {
      return { kind: 'unavailable', why: cannotOpen(error) }
    }
  }

  /** Whether a neighbour's page shows what is asked here, so that it can be decided there. */
  async #atNeighbour(): Promise<boolean> {
    const { neighbours } = this.#options
    const near = await neighbours.near()
    const shown = near.filter(isShown)
    const deciding = shown.find(({ decides }) => decides)
    if (deciding !== undefined) return this.#rely(deciding)
    for (const { run } of near.filter(({ decides, isElder }) => decides && isElder)) {
      const { opened } = await neighbours.open(run.id, { coming: 'is enough' })
      const now = (await neighbours.near()).find(({ run: { id } }) => id === run.id)
      if (now !== undefined && (opened || isShown(now))) return this.#rely(now)
    }
    // It can't decide this; it says so, and opens our page for who wants to, where there can be one.
    const [another] = shown
    return another !== undefined && this.#options.opening.impossible === undefined && this.#rely(another)
  }

  #rely({ run: { id }, state }: Near): true {
    this.#owner = { id, seen: state.pageOpen, silent: 0 }
    clearTimeout(this.#timer)
    if (!this.#closed) this.#timer = setTimeout(() => void this.#lookAfter(), AGAIN_MS).unref()
    return true
  }

  /** As long as something waits here and its page is another's. */
  async #lookAfter(): Promise<void> {
    const { opening, neighbours } = this.#options
    const owner = this.#owner
    if (owner === undefined || this.#closed || opening.isShown || !this.#options.isAsked()) return
    // What can't be looked at, as when this process has no file left to open, is one that doesn't answer.
    const near = await neighbours.near().catch(() => [])
    const now = near.find(({ run: { id } }) => id === owner.id)
    const isSilent = now === undefined && (await neighbours.isThere(owner.id).catch(() => true))
    owner.silent = isSilent ? owner.silent + 1 : 0
    owner.seen ||= now?.state.pageOpen === true
    const isThere =
      now === undefined ? owner.silent > 0 && owner.silent < MAX_SILENT : owner.seen || isShown(now)
    if (!isThere) {
      const answer = await this.#askOnPage()
      if (answer.kind === 'unavailable') this.#options.onLost(answer.why)
    } else if (!this.#closed) this.#timer = setTimeout(() => void this.#lookAfter(), AGAIN_MS).unref()
  }
}

function isShown({ state }: Near): boolean {
  return state.pageOpen || state.pageComing
}

function cannotOpen(error: unknown): string {
  return `the page could not be served (${systemErrorCode(error) ?? 'unknown error'})`
}
