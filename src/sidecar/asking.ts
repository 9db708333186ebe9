/**
 * Builds what asks a human: the channels in the config's order, the queue that they answer to, what was granted for
 * later, and the loopback door through which the page and `sidemux approvals` reach the questions.
 */
import { randomUUID } from 'node:crypto'
import type { Channel } from '../approval/facts/channel.ts'
import { desktopChannel } from '../approval/channels/desktop/desktop.ts'
import { elicitationChannel } from '../approval/channels/elicitation.ts'
import { approvalFacts, type ApprovalEvent } from '../approval/facts/event.ts'
import { GrantBook } from '../approval/grants/grant-book.ts'
import { pickGrant } from '../approval/grants/grant-coverage.ts'
import type { ToolGroup } from '../approval/grants/group.ts'
import type { Grant, GrantSubject } from '../approval/grants/grants.ts'
import { LearnedChannels } from '../approval/hosts/learned.ts'
import type { ChannelName } from '../approval/facts/pending.ts'
import { ApprovalQueue, type AskingRules } from '../approval/queue.ts'
import { unconfinedSinceBoot } from '../audit/read/launches.ts'
import { Seal } from '../approval/facts/seal.ts'
import type { ApprovalsOptions } from '../approval/options.ts'
import type { Config } from '../config/config.ts'
import type { DashboardRules } from '../dashboard/dashboard.ts'
import { LONGEST_MS } from '../duration.ts'
import type { Logger } from '../log.ts'
import { stateRoom } from '../state/paths.ts'
import { LAUNCH } from '../trust/question.ts'
import type { Journal } from './journal.ts'
import { Page } from './page.ts'

export interface AskingDeps {
  readonly stateDir: string
  readonly env: NodeJS.ProcessEnv
  readonly log: Logger
  readonly journal: Journal
  /** Our own cli.js, by which sidecars know each other. */
  readonly cli: string
  /** What the host calls itself. */
  readonly host: () => string | undefined
  /** A human said no to a launch. */
  onLaunchDenied(event: ApprovalEvent): Promise<void>
  /** What the page has to say beside the questions. */
  readonly notices: () => readonly string[]
  /**
   * In place of those of the config, e.g. the terminal that a command was typed into; a name stands for the config's
   * own where that names it. The next one is asked only where the one before reaches nobody.
   */
  readonly channels?: readonly (Channel | ChannelName)[]
}

export class Approvals {
  /** Names this run: a yes of another run is none here. */
  readonly session = randomUUID()
  readonly queue: ApprovalQueue
  readonly #deps: AskingDeps
  readonly #page: Page
  readonly #grants: GrantBook

  constructor({ approvals, file }: Config, deps: AskingDeps) {
    this.#deps = deps
    const { stateDir, env, log, journal, cli, host, notices } = deps
    const grants = new GrantBook({
      stateDir,
      configFile: file,
      now: Date.now,
      onError: ({ message, hint }) => log.error({ hint }, message),
    })
    this.#grants = grants
    this.#page = new Page(
      () => ({
        stateDir,
        desk: this.queue.desk,
        grants,
        watchGrants: (onChange) => this.watchGrants(onChange),
        config: file,
        cli,
        env,
        host,
        unconfined: unconfinedSinceBoot(stateRoom(stateDir, 'audit')),
        standing: notices,
        log,
        now: Date.now,
        onPageLost: (why) => this.queue.lost('page', why),
        onEvent: (event) => journal.record('approval', { ...event }),
      }),
      pageRules(approvals),
    )
    this.queue = new ApprovalQueue({
      ...this.#rules(approvals),
      grants,
      learned: new LearnedChannels(stateDir),
      seal: new Seal(this.session),
      now: Date.now,
      onEvent: async (event) => this.#onEvent(event),
      warn: (message) => log.warn(message),
    })
  }

  /** So that the page of another sidecar finds this one, which may be older. */
  async announce(): Promise<void> {
    await this.#page.announce()
  }

  /** Whether every tool of the group is granted already, with any arguments. */
  isGranted(server: Omit<GrantSubject, 'tool' | 'toolHash'>, { tools }: ToolGroup): boolean {
    const grants = this.#grants.list().filter(({ group }) => group !== undefined)
    return tools.every((one) => pickGrant(grants, { ...server, ...one }, {}, Date.now()) !== undefined)
  }

  /** What was granted and could still be used. */
  grants(): readonly Grant[] {
    return this.#grants.list()
  }

  /** Calls back when something is granted or revoked, here or elsewhere; returns how to stop. */
  watchGrants(onChange: () => void): () => void {
    return this.#grants.watch(onChange)
  }

  /** For what is asked from now on. */
  change(approvals: ApprovalsOptions): void {
    this.queue.change(this.#rules(approvals))
    this.#page.change(pageRules(approvals))
  }

  async #onEvent(event: ApprovalEvent): Promise<void> {
    const { journal } = this.#deps
    const { binding, ...facts } = event
    if (binding.tool !== LAUNCH) return journal.record('approval', approvalFacts(event))
    await journal.record('trust', { ...facts, launchHash: binding.launchHash })
    if (event.phase === 'denied') await this.#deps.onLaunchDenied(event)
  }

  #rules({ channels, mode, wait, lead, expire }: ApprovalsOptions): AskingRules {
    const { env, channels: instead } = this.#deps
    const hasPage = channels.includes('page')
    const named = (name: ChannelName): Channel => this.#channel(name, env, hasPage)
    const ofConfig = (one: Channel | ChannelName): Channel[] => {
      if (typeof one !== 'string') return [one]
      return channels.includes(one) ? [named(one)] : []
    }
    return {
      channels: instead?.flatMap(ofConfig) ?? channels.map(named),
      shadow: mode === 'shadow',
      waitMs: wait,
      leadMs: instead === undefined ? lead : LONGEST_MS,
      expireMs: expire,
    }
  }

  #channel(name: ChannelName, env: NodeJS.ProcessEnv, hasPage: boolean): Channel {
    switch (name) {
      case 'elicitation':
        return elicitationChannel(async (id) => (hasPage ? this.#page.address(id) : undefined))
      case 'page':
      case 'terminal':
        return this.#page.channel(name)
      case 'desktop':
        return desktopChannel({ env })
    }
  }

  async close(): Promise<void> {
    this.queue.close()
    await this.#page.close()
  }
}

function pageRules({ channels, mode, browser }: ApprovalsOptions): DashboardRules {
  return { channels, shadow: mode === 'shadow', browser }
}
