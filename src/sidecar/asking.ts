/**
 * Builds what asks a human: the channels in the config's order, the queue that they answer to, what was granted for
 * later, and the loopback door through which the page and `sidemux approvals` reach the questions.
 */
import { randomUUID } from 'node:crypto'
import type { Channel } from '../approval/channels/channel.ts'
import { desktopChannel } from '../approval/channels/desktop.ts'
import { elicitationChannel } from '../approval/channels/elicitation.ts'
import { approvalFacts } from '../approval/event.ts'
import { GrantBook } from '../approval/grantBook.ts'
import type { ChannelName } from '../approval/pending.ts'
import { ApprovalQueue, type AskingRules } from '../approval/queue.ts'
import { Seal } from '../approval/seal.ts'
import type { ApprovalsOptions } from '../approval/options.ts'
import type { Config } from '../config/config.ts'
import { assets } from '../dashboard/assets.ts'
import { Dashboard, type DashboardRules } from '../dashboard/dashboard.ts'
import type { Logger } from '../log.ts'
import type { Journal } from './journal.ts'

export interface AskingDeps {
  readonly stateDir: string
  readonly env: NodeJS.ProcessEnv
  readonly log: Logger
  readonly journal: Journal
  /** Our own cli.js, by which sidecars know each other. */
  readonly cli: string
  /** What the host calls itself. */
  readonly host: () => string | undefined
  /** In place of those of the config, e.g. the terminal that a command was typed into. */
  readonly channels?: readonly Channel[]
}

export class Asking {
  /** Names this run: a yes of another run is none here. */
  readonly session = randomUUID()
  readonly queue: ApprovalQueue
  readonly #deps: AskingDeps
  readonly #dashboard: Dashboard

  constructor({ approvals, file }: Config, deps: AskingDeps) {
    this.#deps = deps
    const { stateDir, env, log, journal, cli, host } = deps
    const grants = new GrantBook({
      stateDir,
      configFile: file,
      now: Date.now,
      onError: ({ message, hint }) => log.error({ hint }, message),
    })
    this.queue = new ApprovalQueue({
      ...this.#rules(approvals),
      grants,
      seal: new Seal(this.session),
      now: Date.now,
      onEvent: (event) => journal.record('approval', approvalFacts(event)),
    })
    this.#dashboard = new Dashboard({
      stateDir,
      desk: this.queue.desk,
      grants,
      config: file,
      cli,
      ...pageRules(approvals),
      env,
      host,
      log,
      now: Date.now,
      assets,
      onEvent: (event) => journal.record('approval', { ...event }),
    })
  }

  /** For what is asked from now on. */
  change(approvals: ApprovalsOptions): void {
    this.queue.change(this.#rules(approvals))
    this.#dashboard.change(pageRules(approvals))
  }

  #rules({ channels, mode, wait, lead, expire }: ApprovalsOptions): AskingRules {
    const { env, channels: instead } = this.#deps
    const hasPage = channels.includes('page')
    return {
      channels: instead ?? channels.map((name) => this.#channel(name, env, hasPage)),
      shadow: mode === 'shadow',
      waitMs: wait,
      leadMs: lead,
      expireMs: expire,
    }
  }

  /** The page and the terminal answer to the queue, so they are there only after it. */
  #channel(name: ChannelName, env: NodeJS.ProcessEnv, hasPage: boolean): Channel {
    switch (name) {
      case 'elicitation':
        return elicitationChannel(async (id) => (hasPage ? this.#dashboard.address(id) : undefined))
      case 'page':
        return { name, ask: (...question) => this.#dashboard.pageChannel.ask(...question) }
      case 'terminal':
        return { name, ask: (...question) => this.#dashboard.terminalChannel.ask(...question) }
      case 'desktop':
        return desktopChannel({ env })
    }
  }

  async close(): Promise<void> {
    this.queue.close()
    await this.#dashboard.close()
  }
}

function pageRules({ channels, mode, browser }: ApprovalsOptions): DashboardRules {
  return { channels, shadow: mode === 'shadow', browser }
}
